import { z } from 'zod';
import { GitId, Instant, RunId, Sha256 } from '../core/names.ts';

/** Who gives a command without a comment. Deliveries from before carry the login alone, and then are a person's. */
const PERSON = {
  sender: z.string(),
  senderType: z.enum(['User', 'Bot', 'Other']).default('User'),
  senderId: z.int().positive().nullable().default(null),
};

/** What a flow is started by: webhook deliveries, timers and calls, cut down to what flows use. */
export const FlowEvent = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('pull_request'),
    action: z.enum(['opened', 'synchronize', 'reopened', 'edited', 'closed', 'ready_for_review']),
    number: z.int().positive(),
    sha: GitId,
    headRepository: z.string().nullable(),
    /** `edited`: whether the pull request was pointed at another base. */
    retargeted: z.boolean().default(false),
    at: Instant,
    sender: z.string(),
  }),
  z.strictObject({
    kind: z.literal('comment'),
    id: z.int().positive(),
    pullRequest: z.int().positive(),
    sender: z.string(),
    /** SHA-256 of the body when it was written: an edit within that second leaves no other trace. */
    digest: Sha256.optional(),
    /** As the delivery carried it, so that it need not be fetched; absent where a sweep or a job found the comment. */
    comment: z
      .strictObject({
        body: z.string(),
        author: z.string(),
        authorType: z.enum(['User', 'Bot', 'Other']),
        authorId: z.int().positive().nullable(),
        createdAt: Instant,
        updatedAt: Instant,
      })
      .optional(),
  }),
  /** A comment is no longer what it was when it was written: none of its commands may run any more. */
  z.strictObject({
    kind: z.literal('comment_changed'),
    id: z.int().positive(),
    pullRequest: z.int().positive(),
    change: z.enum(['edited', 'deleted']),
  }),
  /** A label or a review came or went. */
  z.strictObject({ kind: z.literal('requirements_changed'), number: z.int().positive() }),
  z.strictObject({ kind: z.literal('workflow_completed'), workflowRun: z.int().positive() }),
  z.strictObject({
    kind: z.literal('push'),
    branch: z.string(),
    before: GitId,
    after: GitId,
    sender: z.string(),
  }),
  z.strictObject({
    kind: z.literal('tag'),
    name: z.string(),
    change: z.enum(['created', 'moved', 'deleted']),
    sender: z.string(),
  }),
  z.strictObject({
    kind: z.literal('check_action'),
    check: z.string(),
    externalId: z.string(),
    sha: GitId,
    identifier: z.string(),
    ...PERSON,
  }),
  /** `repository_dispatch` with event type `trainyard-<type>`, authorised by its sender. */
  z.strictObject({
    kind: z.literal('request'),
    type: z.enum(['train', 'promote', 'reconcile']),
    payload: z.record(z.string(), z.unknown()),
    ...PERSON,
    /** The delivery's GUID or the caller's own id, so that a replay finds its run. */
    id: z.string(),
    at: Instant,
  }),
  /** New step metrics of a run came in through ingest. */
  z.strictObject({ kind: z.literal('progress'), run: RunId }),
  /** A job that asks for a runner of this run alone waits, has begun or has ended. */
  z.strictObject({ kind: z.literal('runner_job'), run: RunId }),
  z.strictObject({ kind: z.literal('timer') }),
]);
export type FlowEvent = z.infer<typeof FlowEvent>;
