import { z } from 'zod';
import { digestOf } from '../canonical.ts';
import { GitId, Instant, ModelName, RepositoryName, Sha256 } from '../names.ts';
import { PREDICATE_TYPES, STATEMENT_TYPE } from './entry.ts';
import { decodeSigned, requireRepository } from './envelope.ts';
import { LedgerError } from './error.ts';
import type { PublicKey } from './keys.ts';
import type { Statement } from './statement.ts';

/** What was decided about one command. Its texts are hostile: they are whatever the author typed. */
export const AuditLine = z.strictObject({
  /** In the comment, from 1. */
  line: z.int().positive(),
  /** As typed, cut. */
  command: z.string().max(500),
  models: z.array(ModelName).max(64),
  pullRequest: z.int().positive().nullable(),
  /** The commit that it was bound to, or for a refused one the head that was found; null where there is none. */
  sha: GitId.nullable(),
  /** Of the model, where it is about one. */
  policyDigest: Sha256.nullable(),
  verdict: z.enum(['allowed', 'refused']),
  /** Of the closed set in `docs/outcomes.md` as it was then. */
  reason: z.string().regex(/^[a-z_]{1,64}$/, 'a reason code'),
  message: z.string().max(2000),
});
export type AuditLine = z.infer<typeof AuditLine>;

/** One entry of `refs/trainyard/audit`: all that was decided about one comment, button or request. */
export const AuditEntry = z.strictObject({
  kind: z.literal('audit'),
  repository: RepositoryName,
  /** Counts the entries of this ref from 0. */
  sequence: z.int().min(0),
  /** SHA-256 of the envelope before, null for the first. */
  previous: Sha256.nullable(),
  at: Instant,
  /** Login of who asked. */
  by: z.string().max(100),
  via: z.enum(['comment', 'button', 'request']),
  /** The default branch's commit that policy was read at. */
  policyCommit: GitId,
  /** What was asked, such as the comment's id: however often it is heard of, it is entered once. */
  operation: z.string().min(1).max(200),
  lines: z.array(AuditLine).min(1).max(100),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export interface VerifiedAudit {
  readonly entry: AuditEntry;
  readonly digest: Sha256;
  readonly keyid: Sha256;
}

/** Nothing but the decisions themselves is at stake, so the entry is its own subject. */
export function auditStatement(entry: AuditEntry): Statement {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: `audit ${entry.sequence}`, digest: { sha256: digestOf(entry) } }],
    predicateType: PREDICATE_TYPES.audit,
    predicate: entry,
  };
}

/** Verifies one envelope of `refs/trainyard/audit`. @throws {LedgerError} */
export function decodeAudit(bytes: Uint8Array, keys: readonly PublicKey[]): VerifiedAudit {
  const { value, ...verified } = decodeSigned(bytes, keys, {
    type: PREDICATE_TYPES.audit,
    what: 'an audit entry',
    schema: AuditEntry,
    statement: auditStatement,
  });
  return { entry: value, ...verified };
}

/**
 * Verifies entries that follow one another, oldest first: signatures, repository, and that each names the one before.
 * They may be the end of a longer chain: what is before the first is then not looked at, unless it counts as the first.
 *
 * @throws {LedgerError}
 */
export function verifyAudit(
  envelopes: readonly Uint8Array[],
  keys: readonly PublicKey[],
  repository: RepositoryName,
): VerifiedAudit[] {
  const entries = envelopes.map((bytes) => decodeAudit(bytes, keys));
  requireRepository(
    entries.map(({ entry }) => entry.repository),
    repository,
  );
  for (const [index, { entry }] of entries.entries()) {
    const before = entries[index - 1];
    if (before === undefined) {
      if ((entry.sequence === 0) === (entry.previous === null)) continue;
      throw new LedgerError('chain_broken', `entry ${entry.sequence} follows ${entry.previous ?? 'nothing'}`);
    }
    if (entry.sequence !== before.entry.sequence + 1)
      throw new LedgerError('chain_broken', `expected sequence ${before.entry.sequence + 1}, got ${entry.sequence}`);
    if (entry.previous !== before.digest)
      throw new LedgerError(
        'chain_broken',
        `entry ${entry.sequence} follows ${entry.previous ?? 'nothing'}, but ${before.digest} is before it`,
      );
  }
  return entries;
}
