import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AuditEntry, AuditLine, auditStatement, decodeAudit, verifyAudit } from '../../../core/ledger/audit.ts';
import { decodeEntry, envelopeDigest } from '../../../core/ledger/envelope.ts';
import { entryStatement } from '../../../core/ledger/statement.ts';
import { RepositoryName } from '../../../core/names.ts';
import { COMMIT, MODEL, makeKey, NOW, REPOSITORY, sha256, signStatement } from '../samples.ts';
import { freezeEntry } from './samples.ts';

const key = makeKey();
const LINE: AuditLine = {
  line: 1,
  command: '/promote flight-delay to production',
  models: [MODEL],
  pullRequest: 7,
  sha: COMMIT,
  policyDigest: sha256('policy'),
  verdict: 'refused',
  reason: 'not_permitted',
  message: 'promote to production needs maintain; ada has write',
};

function entry(sequence: number, previous: Uint8Array | null, changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    kind: 'audit',
    repository: REPOSITORY,
    sequence,
    previous: previous === null ? null : envelopeDigest(previous),
    at: NOW,
    by: 'ada',
    via: 'comment',
    policyCommit: COMMIT,
    operation: `comment ${sequence}`,
    lines: [LINE],
    ...changes,
  };
}

/** Signed entries, each after the one before. */
function chain(count: number, changes: (index: number) => Partial<AuditEntry> = () => ({})): Uint8Array[] {
  const envelopes: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1)
    envelopes.push(signStatement(auditStatement(entry(index, envelopes.at(-1) ?? null, changes(index))), key));
  return envelopes;
}

test('a whole chain verifies, and so does its end', () => {
  const whole = chain(4);
  for (const from of [0, 1, 3])
    expect(verifyAudit(whole.slice(from), [key.public], REPOSITORY).map(({ entry: one }) => one.sequence)).toEqual(
      [0, 1, 2, 3].slice(from),
    );
});

test('no entry is a chain', () => {
  expect(verifyAudit([], [key.public], REPOSITORY)).toEqual([]);
});

describe('a chain is refused', () => {
  const whole = chain(3);
  const [first, second, third] = whole;
  if (first === undefined || second === undefined || third === undefined) throw new Error('no chain');
  const forged = makeKey();
  test.each<[string, readonly Uint8Array[], string]>([
    ['that leaves an entry out', [first, third], 'chain_broken'],
    ['whose entries changed places', [second, first], 'chain_broken'],
    ['that holds one twice', [first, first], 'chain_broken'],
    ['whose first entry follows another', chain(1, () => ({ previous: sha256('else') })), 'chain_broken'],
    ['whose later entry follows nothing', [signStatement(auditStatement(entry(5, null)), key)], 'chain_broken'],
    [
      'of another repository',
      chain(1, () => ({ repository: RepositoryName.parse('mallory/flights') })),
      'wrong_repository',
    ],
    ['that another key signed', [signStatement(auditStatement(entry(0, null)), forged)], 'unknown_key'],
    [
      'that holds an entry of the ledger',
      [signStatement(entryStatement({ ...freezeEntry(), sequence: 0, previous: null }), key)],
      'wrong_kind',
    ],
    ['that is no envelope', [Buffer.from('{}')], 'malformed'],
  ])('%s', (_, envelopes, code) => {
    expect(() => verifyAudit(envelopes, [key.public], REPOSITORY)).toThrow(expect.objectContaining({ code }));
  });
});

test('an audit entry is no entry of the ledger', () => {
  const [envelope = new Uint8Array()] = chain(1);
  expect(() => decodeEntry(envelope, [key.public])).toThrow(expect.objectContaining({ code: 'wrong_kind' }));
});

test('whatever was typed is kept as it is', () => {
  const text = (max: number) =>
    fc.string({ unit: 'binary', maxLength: max }).map((found) => found.toWellFormed().slice(0, max).toWellFormed());
  fc.assert(
    fc.property(text(200), text(200), (command, message) => {
      const lines = [AuditLine.parse({ ...LINE, command, message })];
      const envelope = signStatement(auditStatement(entry(0, null, { lines })), key);
      expect(decodeAudit(envelope, [key.public]).entry.lines).toEqual(lines);
    }),
    { numRuns: 50 },
  );
});
