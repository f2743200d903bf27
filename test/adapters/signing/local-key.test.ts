import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { generateSigningKey, localKeySigner } from '../../../adapters/signing/local-key.ts';
import { LedgerEntry } from '../../../core/ledger/entry.ts';
import { decodeEntry, encodeEnvelope } from '../../../core/ledger/envelope.ts';
import { parsePublicKey } from '../../../core/ledger/keys.ts';
import { entryStatement, statementBytes } from '../../../core/ledger/statement.ts';

const directory = mkdtempSync(join(tmpdir(), 'trainyard-key-'));
afterAll(() => rmSync(directory, { recursive: true }));

const entry = LedgerEntry.parse({
  kind: 'lift',
  repository: 'flights/delay',
  sequence: 0,
  previous: null,
  at: '2026-11-22T00:00:00Z',
  by: 'ada',
  policyCommit: 'a'.repeat(40),
  model: 'flight-delay',
  word: 'looked at it',
});

describe('a local signing key', () => {
  test('signs what its public key, and no other, verifies', async () => {
    const key = generateSigningKey();
    const signer = localKeySigner(key.privatePem);
    const bytes = encodeEnvelope(await signer.sign(statementBytes(entryStatement(entry))));
    expect(decodeEntry(bytes, [parsePublicKey(key.publicPem)]).entry).toEqual(entry);
    const other = parsePublicKey(generateSigningKey().publicPem);
    expect(() => decodeEntry(bytes, [other])).toThrow(expect.objectContaining({ code: 'unknown_key' }));
  });

  test('has the id that a policy gives its public key', () => {
    const key = generateSigningKey();
    expect(localKeySigner(key.privatePem).keyid).toBe(key.keyid);
    expect(parsePublicKey(key.publicPem).keyid).toBe(key.keyid);
  });

  test('is read from a file', () => {
    const key = generateSigningKey();
    const path = join(directory, 'signing.pem');
    writeFileSync(path, key.privatePem);
    expect(localKeySigner(path).keyid).toBe(key.keyid);
  });

  test.each([
    ['a key on another curve', () => pem('P-384'), 'secp384r1'],
    ['a public key', () => generateSigningKey().publicPem, 'private key'],
    ['text', () => '-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----', 'private key'],
  ])('is refused when it is %s', (_what, key, words) => {
    expect(() => localKeySigner(key())).toThrow(
      expect.objectContaining({ code: 'malformed', message: expect.stringContaining(words) }),
    );
  });

  test('is refused when its file is not there', () => {
    expect(() => localKeySigner(join(directory, 'none.pem'))).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});

function pem(namedCurve: string): string {
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
