import { z } from 'zod';
import { Fingerprint } from '../fingerprint/manifest.ts';
import { GitId, Instant, MetricName, ModelName, RepositoryName, RunId, Sha256, StageName, Version } from '../names.ts';

const entry = {
  repository: RepositoryName,
  /** Counts the ledger's entries from 0. */
  sequence: z.int().min(0),
  /** SHA-256 of the envelope before, null for the first. */
  previous: Sha256.nullable(),
  at: Instant,
  /** Who decided: a login, or `merge` when it followed from one. */
  by: z.string().max(100),
  policyCommit: GitId,
};

/** Entries of `refs/trainyard/ledger`: the decisions that outlive pull requests (DESIGN section 3). */
export const LedgerEntry = z.discriminatedUnion('kind', [
  /** A run ended. `record` is the SHA-256 of the last envelope of its own ref. */
  z.strictObject({
    kind: z.literal('run'),
    ...entry,
    model: ModelName,
    run: RunId,
    record: Sha256,
    outcome: z.enum(['candidate', 'held', 'failed', 'cancelled']),
    fingerprint: Fingerprint,
    policyDigest: Sha256,
    trust: z.enum(['member', 'fork']),
    /** As in the run's record: such a run is neither promoted nor reused, and its verdict is not to be repeated. */
    policyChange: z.boolean(),
    package: Sha256.nullable(),
  }),
  z.strictObject({
    kind: z.literal('version'),
    ...entry,
    model: ModelName,
    version: Version,
    run: RunId,
    package: Sha256,
    /** The commit of the default branch that the version tag points at. */
    commit: GitId,
  }),
  z.strictObject({
    kind: z.literal('stage'),
    ...entry,
    model: ModelName,
    stage: StageName,
    version: Version,
    /** GTO's counter of the model (FORMATS): the model's highest + 1. */
    counter: z.int().positive(),
    commit: GitId,
    reason: z.enum(['merge', 'promote', 'rollback']),
    /** What asked for it, such as a merge commit or a request's id: one operation moves a stage once, however often it is heard of. */
    operation: z.string().min(1).max(200),
  }),
  z.strictObject({
    kind: z.literal('freeze'),
    ...entry,
    model: ModelName,
    reason: z.enum(['tag_unsigned', 'tag_missing', 'tag_moved', 'ledger_rewound']),
    found: z.string().max(500),
  }),
  z.strictObject({ kind: z.literal('lift'), ...entry, model: ModelName, word: z.string().max(500) }),
  /** `/hold` and `/unhold`: while it is held, a pull request's merge promotes nothing. */
  z.strictObject({
    kind: z.literal('hold'),
    ...entry,
    pullRequest: z.int().positive(),
    reason: z.string().max(500),
    expiresAt: Instant.nullable(),
    operation: z.string().min(1).max(200),
  }),
  z.strictObject({
    kind: z.literal('unhold'),
    ...entry,
    pullRequest: z.int().positive(),
    /** `closed`: the pull request ended, and its hold with it. */
    cause: z.enum(['command', 'closed']),
    operation: z.string().min(1).max(200),
  }),
  /** `/lock` of a model (no training starts) or of a stage (it does not move, for any model). */
  z.strictObject({
    kind: z.literal('lock'),
    ...entry,
    target: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('model'), name: ModelName }),
      z.strictObject({ kind: z.literal('stage'), name: StageName }),
    ]),
    reason: z.string().max(500),
    /** Where it was asked for; it ends with this pull request unless `keep`. */
    pullRequest: z.int().positive(),
    keep: z.boolean(),
    expiresAt: Instant.nullable(),
    operation: z.string().min(1).max(200),
  }),
  z.strictObject({
    kind: z.literal('unlock'),
    ...entry,
    target: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('model'), name: ModelName }),
      z.strictObject({ kind: z.literal('stage'), name: StageName }),
    ]),
    cause: z.enum(['command', 'closed']),
    operation: z.string().min(1).max(200),
  }),
  /** `/override`: one failed gate of one run, at one head, under one policy. */
  z.strictObject({
    kind: z.literal('override'),
    ...entry,
    pullRequest: z.int().positive(),
    model: ModelName,
    run: RunId,
    metric: MetricName,
    sha: GitId,
    policyDigest: Sha256,
    reason: z.string().min(1).max(500),
    operation: z.string().min(1).max(200),
  }),
  /** `/ok-to-train`: this head of a fork may be trained, and no other. */
  z.strictObject({
    kind: z.literal('ok_to_train'),
    ...entry,
    pullRequest: z.int().positive(),
    sha: GitId,
    headRepository: z.string().max(200),
    operation: z.string().min(1).max(200),
  }),
]);
export type LedgerEntry = z.infer<typeof LedgerEntry>;
export type LedgerEntryKind = LedgerEntry['kind'];

export const LEDGER_REF = 'refs/trainyard/ledger';
/** A chain of its own, so that what decides never loads what was decided. */
export const AUDIT_REF = 'refs/trainyard/audit';
export const RUN_REF_PREFIX = 'refs/trainyard/runs/';
/** The one file in the tree of each ledger commit. */
export const ENVELOPE_FILE = 'envelope.json';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
export const PREDICATE_TYPES = {
  entry: 'https://github.com/trainyard/trainyard/ledger/entry/v1',
  run: 'https://github.com/trainyard/trainyard/ledger/run/v1',
  audit: 'https://github.com/trainyard/trainyard/ledger/audit/v1',
} as const;

/** DSSE envelope (https://github.com/secure-systems-lab/dsse, protocol v1.0.2); signatures are ECDSA P-256 with SHA-256, DER, base64. */
export const Envelope = z.strictObject({
  payloadType: z.literal(PAYLOAD_TYPE),
  payload: z.base64().max(4_000_000),
  signatures: z
    .array(z.strictObject({ keyid: Sha256, sig: z.base64().max(512) }))
    .min(1)
    .max(8),
});
export type Envelope = z.infer<typeof Envelope>;
