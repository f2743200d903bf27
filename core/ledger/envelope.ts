import { verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, sha256Hex } from '../canonical.ts';
import type { RepositoryName, Sha256 } from '../names.ts';
import { Envelope, LedgerEntry, PAYLOAD_TYPE, PREDICATE_TYPES, STATEMENT_TYPE } from './entry.ts';
import { LedgerError } from './error.ts';
import { keyObject, type PublicKey } from './keys.ts';
import { RunRecord } from './run.ts';
import { entryStatement, runStatement, type Statement } from './statement.ts';

const MAX_BYTES = 6_000_000;

export interface VerifiedEntry {
  readonly entry: LedgerEntry;
  /** SHA-256 of the envelope's bytes: what the next entry names as `previous`. */
  readonly digest: Sha256;
  readonly keyid: Sha256;
}

export interface VerifiedRecord {
  readonly record: RunRecord;
  readonly digest: Sha256;
  readonly keyid: Sha256;
}

const RawStatement = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.unknown()).length(1),
  predicateType: z.string(),
  predicate: z.unknown(),
});

/** DSSE pre-authentication encoding, protocol v1.0.2: what is signed. */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

export function envelopeDigest(bytes: Uint8Array): Sha256 {
  return sha256Hex(bytes);
}

/** The bytes in which an envelope is kept: RFC 8785, UTF-8. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return Buffer.from(canonicalJson(envelope));
}

/** Puts a signature (DER) over `pae(PAYLOAD_TYPE, statementBytes(statement))` into an envelope. */
export function sealEnvelope(statement: Uint8Array, keyid: Sha256, signature: Uint8Array): Envelope {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return { payloadType: PAYLOAD_TYPE, payload: base64(statement), signatures: [{ keyid, sig: base64(signature) }] };
}

/**
 * Verifies one envelope of `refs/trainyard/ledger`. The bytes may be anybody's: with write access one can push any ref.
 *
 * @param keys from policy before the entry, never from what the entry brings
 * @throws {LedgerError}
 */
export function decodeEntry(bytes: Uint8Array, keys: readonly PublicKey[]): VerifiedEntry {
  const { value, ...verified } = decodeSigned(bytes, keys, {
    type: PREDICATE_TYPES.entry,
    what: 'a ledger entry',
    schema: LedgerEntry,
    statement: entryStatement,
  });
  return { entry: value, ...verified };
}

/** Verifies one envelope of `refs/trainyard/runs/<id>`, as `decodeEntry` does. @throws {LedgerError} */
export function decodeRecord(bytes: Uint8Array, keys: readonly PublicKey[]): VerifiedRecord {
  const { value, ...verified } = decodeSigned(bytes, keys, {
    type: PREDICATE_TYPES.run,
    what: 'a run record',
    schema: RunRecord,
    statement: runStatement,
  });
  return { record: value, ...verified };
}

/** What an envelope of one kind of ref holds. */
export interface SignedKind<T> {
  readonly type: Statement['predicateType'];
  /** "a ledger entry". */
  readonly what: string;
  readonly schema: z.ZodType<T>;
  /** The one statement that says this. */
  readonly statement: (value: T) => Statement;
}

/** @throws {LedgerError} */
export function decodeSigned<T>(
  bytes: Uint8Array,
  keys: readonly PublicKey[],
  kind: SignedKind<T>,
): { readonly value: T; readonly digest: Sha256; readonly keyid: Sha256 } {
  const { text, keyid, predicate } = open(bytes, keys, kind.type);
  const read = kind.schema.safeParse(predicate);
  if (!read.success) throw new LedgerError('malformed', `not ${kind.what}: ${z.prettifyError(read.error)}`);
  requireSame(text, kind.statement(read.data), predicate);
  return { value: read.data, digest: envelopeDigest(bytes), keyid };
}

/**
 * Verifies a whole ledger, oldest entry first: signatures, and that each entry names the one before.
 *
 * @param repository where given, every entry must be of it, so that another repository's ledger can't be put in place
 * @throws {LedgerError}
 */
export function verifyLedger(
  envelopes: readonly Uint8Array[],
  keys: readonly PublicKey[],
  repository?: RepositoryName,
): VerifiedEntry[] {
  const entries = envelopes.map((bytes) => decodeEntry(bytes, keys));
  requireChain(entries.map(({ entry, digest }) => ({ ...entry, digest })));
  requireRepository(
    entries.map(({ entry }) => entry.repository),
    repository,
  );
  return entries;
}

/** Each envelope counts from 0 and names the digest of the one before. @throws {LedgerError} `chain_broken` */
export function requireChain(links: readonly { sequence: number; previous: Sha256 | null; digest: Sha256 }[]): void {
  for (const [index, link] of links.entries()) {
    const previous = links[index - 1]?.digest ?? null;
    if (link.sequence !== index)
      throw new LedgerError('chain_broken', `expected sequence ${index}, got ${link.sequence}`);
    if (link.previous !== previous) {
      throw new LedgerError(
        'chain_broken',
        `entry ${index} follows ${link.previous ?? 'nothing'}, but ${previous ?? 'nothing'} is before it`,
      );
    }
  }
}

/** @throws {LedgerError} `wrong_repository` */
export function requireRepository(found: readonly RepositoryName[], wanted: RepositoryName | undefined): void {
  const other = wanted === undefined ? undefined : found.find((name) => name !== wanted);
  if (other !== undefined)
    throw new LedgerError('wrong_repository', `expected records of ${wanted}, got one of ${other}`);
}

interface Opened {
  readonly text: string;
  readonly keyid: Sha256;
  readonly predicate: unknown;
}

function open(bytes: Uint8Array, keys: readonly PublicKey[], predicateType: string): Opened {
  const envelope = readEnvelope(bytes);
  const payload = decodeBase64(envelope.payload, 'payload');
  const keyid = requireSignature(envelope, payload, keys);
  const text = utf8(payload);
  const statement = RawStatement.safeParse(parseJson(text));
  if (!statement.success)
    throw new LedgerError('malformed', `not an in-toto statement: ${z.prettifyError(statement.error)}`);
  if (statement.data.predicateType !== predicateType) {
    throw new LedgerError(
      'wrong_kind',
      `expected predicate ${predicateType}, got ${statement.data.predicateType.slice(0, 200)}`,
    );
  }
  return { text, keyid, predicate: statement.data.predicate };
}

function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length > MAX_BYTES)
    throw new LedgerError('too_large', `expected at most ${MAX_BYTES} bytes, got ${bytes.length}`);
  const raw = parseJson(utf8(bytes));
  if (
    typeof raw === 'object' &&
    raw !== null &&
    'signatures' in raw &&
    Array.isArray(raw.signatures) &&
    raw.signatures.length === 0
  ) {
    throw new LedgerError('unsigned', 'the envelope holds no signature');
  }
  const envelope = Envelope.safeParse(raw);
  if (!envelope.success) throw new LedgerError('malformed', `not a DSSE envelope: ${z.prettifyError(envelope.error)}`);
  return envelope.data;
}

/** Every signature by a key of the policy must hold, and there must be one; others are nobody's word. */
function requireSignature(envelope: Envelope, payload: Uint8Array, keys: readonly PublicKey[]): Sha256 {
  const signed = pae(envelope.payloadType, payload);
  let verified: Sha256 | null = null;
  for (const { keyid, sig } of envelope.signatures) {
    const key = keys.find((candidate) => candidate.keyid === keyid);
    if (key === undefined) continue;
    const signature = decodeBase64(sig, 'signature');
    if (!verify('sha256', signed, { key: keyObject(key.pem), dsaEncoding: 'der' }, signature)) {
      throw new LedgerError('bad_signature', `the signature by key ${keyid.slice(0, 16)}… does not fit the payload`);
    }
    verified = keyid;
  }
  if (verified === null) {
    const found = envelope.signatures.map(({ keyid }) => `${keyid.slice(0, 16)}…`).join(', ');
    throw new LedgerError('unknown_key', `signed by ${found}, which is not among the keys of the policy`);
  }
  return verified;
}

/**
 * Only the form that we write is read: no duplicate member, no other spelling of the same statement, no other subject.
 *
 * @param predicate as it was signed: a record from before a key was introduced does not hold the key's default
 */
function requireSame(text: string, statement: Statement, predicate: unknown): void {
  if (canonicalJson({ ...statement, predicate }) !== text) {
    throw new LedgerError('malformed', 'the payload is not in the canonical form of what it says');
  }
}

function decodeBase64(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // Unused bits at the end would allow several spellings of the same bytes.
  if (bytes.toString('base64') !== text) throw new LedgerError('malformed', `the ${what} is not in canonical base64`);
  return bytes;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new LedgerError('malformed', 'not valid UTF-8', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The text is attacker-controlled, so broken JSON must end in a verification error.
    throw new LedgerError('malformed', 'not valid JSON', { cause });
  }
}
