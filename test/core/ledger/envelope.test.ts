import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../core/canonical.ts';
import { Envelope, PAYLOAD_TYPE } from '../../../core/ledger/entry.ts';
import {
  decodeEntry,
  decodeRecord,
  encodeEnvelope,
  envelopeDigest,
  pae,
  sealEnvelope,
  verifyLedger,
} from '../../../core/ledger/envelope.ts';
import { parsePublicKey } from '../../../core/ledger/keys.ts';
import { entryStatement, runStatement } from '../../../core/ledger/statement.ts';
import { RepositoryName } from '../../../core/names.ts';
import { makeKey, recordOf, signStatement } from '../samples.ts';
import { chainOf, ranEntry, stageEntry, versionEntry } from './samples.ts';

const key = makeKey();
const stranger = makeKey();
const keys = [key.public];
const [good] = chainOf([ranEntry()], key);
if (good === undefined) throw new Error('no envelope');

const code = (wanted: string): unknown => expect.objectContaining({ name: 'LedgerError', code: wanted });

/** The envelope as JSON, changed, as bytes. */
function changed(change: (envelope: Envelope) => unknown, bytes: Uint8Array = good as Uint8Array): Uint8Array {
  const envelope = Envelope.parse(JSON.parse(Buffer.from(bytes).toString()));
  return Buffer.from(JSON.stringify(change(envelope)));
}

/** Signs any text as a payload, as a holder of the key could. */
function signedText(text: string): Uint8Array {
  const payload = Buffer.from(text);
  const signature = sign('sha256', pae(PAYLOAD_TYPE, payload), { key: key.privateKey, dsaEncoding: 'der' });
  return encodeEnvelope(sealEnvelope(payload, key.public.keyid, signature));
}

const payloadText = Buffer.from(Envelope.parse(JSON.parse(Buffer.from(good).toString())).payload, 'base64').toString();

test('the pre-authentication encoding is that of the specification', () => {
  const encoded = pae('http://example.com/HelloWorld', Buffer.from('hello world'));
  expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
});

test('the length in the encoding counts bytes, not letters', () => {
  expect(Buffer.from(pae('é', Buffer.from('ü'))).toString()).toBe('DSSEv1 2 é 2 ü');
});

test('an entry that was signed is read back', () => {
  expect(decodeEntry(good, keys)).toMatchObject({
    entry: ranEntry(),
    digest: envelopeDigest(good),
    keyid: key.public.keyid,
  });
});

test('a run record that was signed is read back', () => {
  const record = recordOf();
  expect(decodeRecord(signStatement(runStatement(record), key), keys).record).toEqual(record);
});

test('the signature is plain ECDSA over the encoding, so that other tools verify it', () => {
  const envelope = Envelope.parse(JSON.parse(Buffer.from(good).toString()));
  const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64');
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 28 ${PAYLOAD_TYPE} ${payloadText.length} `),
    Buffer.from(payloadText),
  ]);
  expect(PAYLOAD_TYPE).toHaveLength(28);
  expect(verify('sha256', signed, key.public.pem, signature)).toBe(true);
});

describe('is refused', () => {
  const signature = { keyid: key.public.keyid, sig: 'AAAA' };
  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'malformed'],
    ['no JSON', Buffer.from('{'), 'malformed'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'malformed'],
    ['another JSON', Buffer.from('[]'), 'malformed'],
    ['a key more', changed((envelope) => ({ ...envelope, more: 1 })), 'malformed'],
    ['another payload type', changed((envelope) => ({ ...envelope, payloadType: 'text/plain' })), 'malformed'],
    ['no signature', changed((envelope) => ({ ...envelope, signatures: [] })), 'unsigned'],
    ['a signature that is none', changed((envelope) => ({ ...envelope, signatures: [signature] })), 'bad_signature'],
    [
      'an empty signature',
      changed((envelope) => ({ ...envelope, signatures: [{ ...signature, sig: '' }] })),
      'bad_signature',
    ],
    [
      'a good signature beside a broken one by the same key',
      changed((envelope) => ({ ...envelope, signatures: [...envelope.signatures, signature] })),
      'bad_signature',
    ],
    [
      'the signature of a stranger',
      signStatement(entryStatement({ ...ranEntry(), sequence: 0, previous: null }), stranger),
      'unknown_key',
    ],
    [
      'the signature of a stranger under our key id',
      changed((envelope) => ({
        ...envelope,
        signatures: envelope.signatures.map(({ sig }) => ({ sig, keyid: stranger.public.keyid })),
      })),
      'unknown_key',
    ],
    [
      'another payload under the signature',
      changed((envelope) => ({
        ...envelope,
        payload: Buffer.from(payloadText.replace('ada', 'eve')).toString('base64'),
      })),
      'bad_signature',
    ],
    ['too many bytes', Buffer.alloc(6_000_001, 0x20), 'too_large'],
  ])('%s', (_, bytes, wanted) => {
    expect(() => decodeEntry(bytes, keys)).toThrow(code(wanted));
  });

  test('everything, when policy has no key', () => {
    expect(() => decodeEntry(good, [])).toThrow(code('unknown_key'));
  });

  test('a run record where an entry is expected', () => {
    expect(() => decodeEntry(signStatement(runStatement(recordOf()), key), keys)).toThrow(code('wrong_kind'));
  });

  test('an entry where a run record is expected', () => {
    expect(() => decodeRecord(good, keys)).toThrow(code('wrong_kind'));
  });
});

describe('even when signed by our key, is refused', () => {
  test.each<[string, string]>([
    ['a payload with a space in it', payloadText.replace(':', ': ')],
    ['a payload with a duplicate member', payloadText.replace('"by":"ada"', '"by":"eve","by":"ada"')],
    ['a payload with a member more', payloadText.replace('"by":"ada"', '"by":"ada","bye":1')],
    ['another subject than the predicate asks for', payloadText.replace('package"', 'parcel"')],
    ['a number written otherwise', payloadText.replace('"sequence":0', '"sequence":0.0')],
    ['a statement of another type', payloadText.replace('Statement/v1', 'Statement/v0.1')],
    ['text that is no JSON', 'ledger'],
  ])('%s', (_, text) => {
    expect(text).not.toBe(payloadText);
    expect(() => decodeEntry(signedText(text), keys)).toThrow(code('malformed'));
  });

  test('the check itself accepts the untouched payload', () => {
    expect(decodeEntry(signedText(payloadText), keys).entry).toMatchObject(ranEntry());
  });
});

test('an entry with one bit flipped never verifies', () => {
  fc.assert(
    fc.property(fc.nat(good.length * 8 - 1), (bit) => {
      const bytes = Uint8Array.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeEntry(bytes, keys)).toThrow(expect.objectContaining({ name: 'LedgerError' }));
    }),
    { numRuns: 400 },
  );
});

test('bytes at random are refused with a ledger error', () => {
  const json = fc.json().map((text) => Buffer.from(text));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), json), (bytes) => {
      expect(() => decodeEntry(bytes, keys)).toThrow(expect.objectContaining({ name: 'LedgerError' }));
    }),
  );
});

describe('a chain', () => {
  const drafts = [ranEntry(), versionEntry('1.0.0'), stageEntry('staging', '1.0.0', 1)];
  const chain = chainOf(drafts, key);

  test('is read whole', () => {
    expect(verifyLedger(chain, keys).map(({ entry }) => entry.kind)).toEqual(['run', 'version', 'stage']);
  });

  test('of nothing is empty', () => {
    expect(verifyLedger([], keys)).toEqual([]);
  });

  test.each<[string, readonly number[]]>([
    ['without its beginning', [1, 2]],
    ['with a gap', [0, 2]],
    ['out of order', [1, 0, 2]],
    ['with an entry twice', [0, 1, 1]],
  ])('%s is broken', (_, order) => {
    const envelopes = order.flatMap((index) => chain[index] ?? []);
    expect(() => verifyLedger(envelopes, keys)).toThrow(code('chain_broken'));
  });

  test('with an entry of another chain is broken', () => {
    const other = chainOf([ranEntry(2), versionEntry('1.0.0', 2)], key);
    expect(() => verifyLedger([...chain.slice(0, 1), ...other.slice(1)], keys)).toThrow(code('chain_broken'));
  });

  test('of another repository is refused where the repository is known', () => {
    expect(() => verifyLedger(chain, keys, RepositoryName.parse('mallory/flights'))).toThrow(code('wrong_repository'));
  });
});

describe('a key of the policy', () => {
  const pem = (type: 'P-256' | 'P-384' | 'secp256k1'): string =>
    String(generateKeyPairSync('ec', { namedCurve: type }).publicKey.export({ type: 'spki', format: 'pem' }));
  const rsa = String(
    generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
  );
  const ed25519 = String(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
  const secret = String(key.privateKey.export({ type: 'pkcs8', format: 'pem' }));

  test('has the SHA-256 of its DER form as its id, however the PEM is wrapped', () => {
    const wrapped = key.public.pem.replaceAll('\n', '\r\n');
    expect(parsePublicKey(`\n${wrapped}`)).toEqual(key.public);
  });

  test.each([
    ['on another curve', pem('P-384')],
    ['on the curve of Bitcoin', pem('secp256k1')],
    ['of RSA', rsa],
    ['of Ed25519', ed25519],
    ['that is private', secret],
    ['that is private, named public', secret.replaceAll('PRIVATE', 'PUBLIC')],
    ['beside another', key.public.pem + stranger.public.pem],
    ['with text around it', `hello\n${key.public.pem}`],
    ['that is nothing', ''],
    ['that is broken', key.public.pem.replace('M', 'N')],
  ])('%s is refused', (_, text) => {
    expect(() => parsePublicKey(text)).toThrow(code('bad_key'));
  });

  test('is never made from the private one by mistake', () => {
    expect(createPrivateKey(secret).type).toBe('private');
  });
});

test('what is kept is in canonical form', () => {
  expect(Buffer.from(good).toString()).toBe(canonicalJson(JSON.parse(Buffer.from(good).toString())));
});
