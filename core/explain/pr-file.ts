import { z } from 'zod';
import { ParamValue } from '../config/params.ts';
import { RoleName } from '../config/policy.ts';
import { EngineName } from '../config/training.ts';
import { FACT_NAMES } from '../decision/facts.ts';
import { DatasetName, GitId, Instant, ModelName, ParamName, RunId, StageName, Version } from '../names.ts';

/**
 * What `trainyard explain --pr` reads: the facts of a pull request, in the names that GitHub has for them. What a file
 * leaves out is not known, and what is not known allows nothing; defaults are only what allows no more than the truth.
 */

/** Says what is expected, where zod's own words would not. */
const Time = z.iso.datetime('a time in UTC such as 2026-11-02T12:00:00Z').pipe(Instant);
const Login = z.string().min(1).max(100);
const Repository = z
  .string()
  .max(200)
  .regex(/^[^/]+\/[^/]+$/, 'owner/name');
const Role = z.union([RoleName, z.literal('none')]);

const Review = z
  .strictObject({
    user: Login,
    user_type: z.enum(['User', 'Bot', 'Other']).default('User'),
    state: z
      .enum(['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED', 'PENDING'])
      .or(z.enum(['approved', 'changes_requested', 'commented', 'dismissed', 'pending']))
      .describe('As the REST API or as a delivery writes it.'),
    commit_id: GitId.nullable().default(null).describe('The head when the review was given.'),
    submitted_at: Time,
    role: Role.optional().describe(
      'The reviewer’s role now; without it an approval counts nothing, and a request for changes blocks.',
    ),
    teams: z.array(z.string().max(100)).default([]).describe('Slugs of teams that the reviewer is a member of.'),
  })
  .describe('A submitted review; the oldest first.');

const Sighting = z
  .strictObject({
    sha: GitId,
    at: Time.describe('`pull_request.updated_at` of the delivery that told of it.'),
    sender: Login.describe('Who pushed it.'),
    head_repository: Repository.optional().describe('Without it: that of `head`.'),
    event: z.enum(['head', 'reopened', 'base']).default('head'),
    pull_request: z.int().positive().optional().describe('Without it: this one.'),
  })
  .describe('A head that a delivery showed.');

const Run = z.strictObject({
  run: RunId,
  model: ModelName,
  pull_request: z.int().positive().nullable(),
  commit: GitId,
  requested_by: Login,
  accepted_at: Time,
  state: z.enum(['accepted', 'training', 'judging', 'candidate', 'held', 'failed', 'cancelled']),
  cost: z
    .strictObject({ amount: z.number().min(0), currency: z.string().length(3) })
    .nullable()
    .default(null),
  failed_gates: z.array(z.string().max(64)).default([]),
  held_by_other: z.boolean().default(true).describe('Whether anything but gates holds it.'),
  artifacts_kept: z.boolean().default(false),
  checkpoints_kept: z.boolean().default(false),
  failed_at: z.enum(['dispatch', 'training', 'judging']).nullable().default(null),
  set: z.record(ParamName, ParamValue).default({}),
  gpu: z.string().max(32).nullable().default(null),
  engine: EngineName.nullable().default(null).describe('null: the config’s.'),
});

const Ends = { expires_at: Time.nullable().default(null).describe('null: only when it is released.') };

const Ledger = z.strictObject({
  trusted: z.boolean().default(true),
  problem: z.string().max(2000).nullable().default(null),
  hold: z
    .strictObject({ owner: Login, reason: z.string().max(500).default(''), ...Ends })
    .nullable()
    .default(null),
  locks: z
    .array(
      z.strictObject({
        kind: z.enum(['stage', 'model']),
        name: z.string().max(64),
        owner: Login,
        reason: z.string().max(500).default(''),
        pull_request: z.int().positive().nullable().default(null),
        ...Ends,
      }),
    )
    .default([]),
  ok_to_train: z.array(GitId).default([]).describe('Heads of this pull request that /ok-to-train was given for.'),
  models: z
    .record(
      ModelName,
      z.strictObject({
        versions: z.array(Version).default([]),
        stages: z.record(StageName, z.array(Version)).default({}).describe('What each stage held, the newest last.'),
        frozen: z.string().max(500).nullable().default(null),
      }),
    )
    .default({}),
});

const Comment = z.strictObject({
  kind: z.enum(['conversation', 'review', 'review_thread', 'issue']).default('conversation'),
  id: z.int().positive().default(1),
  author: Login.optional().describe('`--user` goes before it; without it: `commenter`.'),
  author_type: z.enum(['User', 'Bot', 'Other']).default('User').describe('Of `author`; `--bot` says it of `--user`.'),
  author_id: z.int().positive().optional().describe('Of `author`; without it a grant that names an id is not held.'),
  created_at: Time.optional().describe('Without it: `now`.'),
  edited: z.boolean().default(false),
});

export const PrFile = z
  .strictObject({
    $schema: z.string().optional(),
    repository: Repository.optional().describe(
      'Without it: that of `head` where `fork` is false, else `example/repository`.',
    ),
    default_branch: z.string().max(256).default('main'),
    now: Time.optional().describe('When the comment is decided; without it, the present time.'),
    app: z.boolean().default(true).describe('Whether an App serves the repository; forks need one.'),
    self: Login.default('trainyard[bot]').describe('Trainyard’s own login.'),
    comment: Comment.prefault({}),
    number: z.int().positive().default(1),
    state: z.enum(['open', 'closed']).optional(),
    merged: z.boolean().default(false),
    author: Login.optional(),
    head: z
      .strictObject({
        sha: GitId,
        ref: z.string().max(256).default('head'),
        repository: Repository.optional().describe('Without it: `repository`, unless `fork` is true.'),
      })
      .optional(),
    base: z.strictObject({ ref: z.string().max(256) }).optional(),
    fork: z.boolean().optional().describe('Without it: whether `head.repository` is another than `repository`.'),
    labels: z.array(z.string().max(100)).default([]),
    sightings: z.array(Sighting).optional(),
    reviews: z.array(Review).optional(),
    files: z
      .strictObject({
        changed: z.array(z.string().max(4096)),
        complete: z.boolean().default(false).describe('Whether the list was not cut.'),
        code_owners: z.string().max(1_000_000).nullable().default(null).describe('CODEOWNERS of the default branch.'),
      })
      .optional(),
    checks: z
      .array(
        z.strictObject({
          name: z.string().max(200),
          conclusion: z.string().max(40).nullable().default(null).describe('null while it runs.'),
        }),
      )
      .optional()
      .describe('Of the head. Data checks are read: `trainyard / data: NAME`.'),
    plan: z
      .strictObject({
        affected: z.array(ModelName),
        datasets: z.array(DatasetName).default([]),
        policy_change: z.boolean().optional().describe('Without it: whether the two configs differ in policy.'),
        problems: z.array(z.string().max(2000)).default([]),
      })
      .optional()
      .describe('What the pull request changes.'),
    ledger: Ledger.optional().describe('`{}` is one that holds nothing.'),
    runs: z.array(Run).optional().describe('Of the whole repository.'),
    earlier: z
      .record(ModelName, z.strictObject({ run: RunId, state: z.enum(['kept', 'in_progress']) }))
      .default({})
      .describe('Runs of the very inputs that the head has.'),
    candidates: z
      .record(ModelName, z.strictObject({ run: RunId, version: Version }))
      .default({})
      .describe('Verified runs of the default branch that are no version yet, and the version each would become.'),
    unavailable: z.array(z.enum(FACT_NAMES)).default([]).describe('What GitHub does not answer for.'),
  })
  .superRefine(({ fork, head, repository }, context) => {
    if (fork !== false || head?.repository === undefined || repository === undefined) return;
    if (head.repository.toLowerCase() === repository.toLowerCase()) return;
    const message = `true, since head.repository is ${head.repository} and repository is ${repository}`;
    context.addIssue({ code: 'custom', path: ['fork'], message });
  });
export type PrFile = z.infer<typeof PrFile>;
