import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditLine, verifyAudit } from '../../core/ledger/audit.ts';
import { AUDIT_REF } from '../../core/ledger/entry.ts';
import { type Decisions, recordDecisions } from '../../flows/audit.ts';
import type { Ports } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO } from '../adapters/github/world.ts';
import { repository } from './ports.ts';
import { DELAY, type Releasing, startReleasing } from './releasing.ts';

const where = { owner: OWNER, repo: REPO, ref: AUDIT_REF.slice('refs/'.length) };
let at: Releasing;
/** Issues that were opened or edited. */
const issues: string[] = [];
let ports: Ports;
beforeAll(async () => {
  at = await startReleasing();
  ports = { ...at.ports, issues: { put: async ({ body }) => void issues.push(body) } };
});
afterAll(() => at.close());

const line: AuditLine = {
  line: 1,
  command: '/train delay',
  models: [DELAY],
  pullRequest: 1,
  sha: null,
  policyDigest: null,
  verdict: 'refused',
  reason: 'not_permitted',
  message: 'train needs write',
};
const asked = (comment: number, ...lines: readonly AuditLine[]): Decisions => ({
  by: 'ada',
  via: 'comment',
  operation: `comment ${comment}`,
  lines,
});
const record = async (decisions: Decisions, change: Partial<Ports> = {}) =>
  recordDecisions({ ...ports, ...change }, await takePolicySnapshot(ports), decisions);
async function entries() {
  const chain = await ports.ledger.chain(AUDIT_REF, { fresh: true });
  const { keys } = await takePolicySnapshot(ports);
  const envelopes = chain.map(({ envelope }) => envelope);
  return verifyAudit(envelopes, keys, repository).map(({ entry }) => entry);
}

test('all lines of one comment are one entry, signed and chained', async () => {
  expect(await record(asked(1, line, { ...line, line: 2 }))).toBe('entered');
  expect(await record(asked(2, line))).toBe('entered');
  expect(await entries()).toMatchObject([
    { sequence: 0, previous: null, by: 'ada', operation: 'comment 1', lines: [{ line: 1 }, { line: 2 }] },
    { sequence: 1, operation: 'comment 2' },
  ]);
});

test('a comment that is heard of again is not entered again', async () => {
  expect(await record(asked(1, line))).toBe('there');
  expect(await entries()).toHaveLength(2);
});

test('nor where it broke off after its entry was written, or where nothing is remembered', async () => {
  await ports.inFlight.putProgress('audit comment 2', 'begun');
  expect(await record(asked(2, line))).toBe('there');
  const forgetful = { ...ports.inFlight, progress: async () => null };
  expect(await record(asked(2, line), { inFlight: forgetful, withoutApp: true })).toBe('there');
  expect(await entries()).toHaveLength(2);
});

test('no line is no entry', async () => {
  expect(await record(asked(3))).toBe('nothing');
});

test('hostile text is kept as far as the ledger can hold it', async () => {
  const command = `/train \ud800${'x'.repeat(600)}`;
  expect(await record(asked(4, { ...line, command }))).toBe('entered');
  const kept = (await entries()).at(-1)?.lines[0]?.command ?? '';
  expect(kept).toMatch(/^\/train \ufffdx+…$/);
  expect(kept).toHaveLength(500);
});

test('decisions that are entered at once follow one another', async () => {
  const both = await Promise.all([record(asked(5, line)), record(asked(6, line))]);
  expect(both).toEqual(['entered', 'entered']);
  expect(
    (await entries())
      .map(({ operation }) => operation)
      .slice(-2)
      .sort(),
  ).toEqual(['comment 5', 'comment 6']);
});

test('a chain that was set back is reported once, and built upon', async () => {
  const before = (await ports.ledger.chain(AUDIT_REF)).at(-3)?.commit;
  await at.world.ada.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...where, sha: before, force: true });
  expect(await record(asked(7, line))).toBe('entered');
  expect(await record(asked(8, line))).toBe('entered');
  expect(issues).toHaveLength(1);
  expect(issues[0]).toContain('which does not descend from');
});

test("a chain whose end is somebody else's is reported, and keeps nobody from working", async () => {
  const head = (await ports.ledger.chain(AUDIT_REF, { fresh: true })).at(-1)?.commit ?? null;
  await ports.ledger.append(AUDIT_REF, head, Buffer.from('{"forged": true}'), 'forged');
  expect(await record(asked(9, line))).toBe('broken');
  expect(issues.at(-1)).toContain('malformed');
  await expect(entries()).rejects.toMatchObject({ code: 'malformed' });
});
