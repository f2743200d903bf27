import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { AuditLine } from '../../core/ledger/audit.ts';
import { AUDIT_REF } from '../../core/ledger/entry.ts';
import { recordDecisions } from '../../flows/audit.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, MODEL, makeKey } from '../core/samples.ts';
import { type FlowPorts, flowPorts } from '../flows/ports.ts';
import { call } from './world.ts';

const key = makeKey();
let world: World;
let ports: FlowPorts;
let variables: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
  ports = flowPorts(world, key);
  const { github } = world;
  const reader = github.createUser('dora');
  github.addCollaborator(github.repository(OWNER, REPO), 'dora', 'read');
  variables = {
    GITHUB_TOKEN: reader.token,
    GITHUB_REPOSITORY: `${OWNER}/${REPO}`,
    GITHUB_API_URL: github.urls.api,
  };
});
afterAll(() => world.close());

const line: AuditLine = {
  line: 1,
  command: '/train flight-delay',
  models: [MODEL],
  pullRequest: 7,
  sha: null,
  policyDigest: null,
  verdict: 'allowed',
  reason: 'allowed',
  message: 'flight-delay is trained',
};

async function record(comment: number, by: string, ...lines: readonly AuditLine[]): Promise<void> {
  const policy = await takePolicySnapshot(ports);
  await recordDecisions(ports, policy, { by, via: 'comment', operation: `comment ${comment}`, lines });
}

const audit = (line: string) => call(['audit', ...line.split(' ').filter((word) => word !== '')], { variables });

test('a repository without decisions has an audit that holds', async () => {
  expect(await audit('')).toMatchObject({ code: 0, out: '0 entries: all signatures and the whole chain agree' });
});

describe('what was decided', () => {
  beforeAll(async () => {
    await record(1, 'ada', line);
    await record(2, 'ben', { ...line, verdict: 'refused', reason: 'not_permitted', message: 'train needs write' });
    await record(3, 'eve', { ...line, models: [], command: '/train \u001b[2Jx\n\u202e✗ forged', verdict: 'refused' });
  });

  test('is listed with who asked, where and under which policy', async () => {
    const { code, out } = await audit('');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^2026-11-02T10:00:00Z {2}allowed allowed {2}#7 {2}by ada {2}policy [0-9a-f]{12}\n {4}\/train flight-delay\n {4}→ flight-delay is trained\n/,
    );
    expect(out).toMatch(/3 entries: all signatures and the whole chain agree$/);
  });

  test('reaches the terminal without what it would act on, each text on one line', async () => {
    const { out } = await audit('--actor eve');
    for (const control of ['\u001b', '\u202e']) expect(out).not.toContain(control);
    expect(out).toContain('/train \\u001b[2Jx \\u202e✗ forged');
    expect(out.split('\n')).toHaveLength(4);
  });

  test.each([
    ['--actor ADA', 1],
    ['--actor nobody', 0],
    ['--model flight-delay', 2],
    ['--model other', 0],
    ['--verdict refused', 2],
    ['--verdict allowed --actor ben', 0],
    ['--limit 1', 1],
    ['--limit all', 3],
  ])('is narrowed by %s', async (options, count) => {
    const { code, out } = await audit(`--json ${options}`);
    expect(code).toBe(0);
    expect(JSON.parse(out).decisions).toHaveLength(count);
  });

  test('says whether the beginning was read', async () => {
    expect(JSON.parse((await audit('--json --limit 2')).out)).toMatchObject({ ok: true, whole: false, entries: 2 });
    expect(JSON.parse((await audit('--json')).out)).toMatchObject({ ok: true, whole: true, entries: 3 });
  });
});

test.each(['--verdict maybe', '--limit 0', '--limit some', '--newest 3', 'ada'])(
  'a wrong call ends with 2: %s',
  async (line) => {
    expect(await audit(line)).toMatchObject({ code: 2, out: '' });
  },
);

test('a chain that somebody else wrote to ends with 1 and lists nothing', async () => {
  const head = (await ports.ledger.chain(AUDIT_REF, { fresh: true })).at(-1)?.commit ?? null;
  await ports.ledger.append(AUDIT_REF, head, Buffer.from('{}'), 'forged');
  const { code, out } = await audit('');
  expect([code, out]).toEqual([1, expect.stringMatching(/^✗ refs\/trainyard\/audit can't be trusted \(malformed\)/)]);
  expect(JSON.parse((await audit('--json')).out)).toMatchObject({ ok: false, decisions: [] });
});

test('a policy without keys can verify nothing, and ends with 2', async () => {
  await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT.replace(/^ *signing:.*\n/m, '') });
  expect(await audit('')).toMatchObject({ code: 2 });
});
