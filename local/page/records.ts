import { z } from 'zod';

/** What the page reads of the API's answers; fields that it does not show are left out. */
const User = z.object({ login: z.string(), type: z.string() });
export type User = z.infer<typeof User>;

const Reactions = z.record(z.string(), z.union([z.string(), z.number()]));

export const Repo = z.object({
  full_name: z.string(),
  description: z.string().nullable(),
  private: z.boolean(),
  default_branch: z.string(),
});

const Side = z.object({
  ref: z.string(),
  sha: z.string(),
  label: z.string(),
  repo: z.object({ full_name: z.string() }).nullable(),
});

export const PullItem = z.object({
  number: z.number(),
  title: z.string(),
  state: z.string(),
  draft: z.boolean().optional(),
  user: User.nullable(),
  created_at: z.string(),
  merged_at: z.string().nullable(),
  head: Side,
  base: Side,
});
export type PullItem = z.infer<typeof PullItem>;

export const Pull = PullItem.extend({
  body: z.string().nullable(),
  closed_at: z.string().nullable(),
  mergeable: z.boolean().nullable(),
  merged_by: User.nullable(),
  merge_commit_sha: z.string().nullable(),
  labels: z.array(z.object({ name: z.string() })),
  commits: z.number(),
  additions: z.number(),
  deletions: z.number(),
  changed_files: z.number(),
});
export type Pull = z.infer<typeof Pull>;

export const Issue = z.object({
  number: z.number(),
  title: z.string(),
  state: z.string(),
  body: z.string().nullable().optional(),
  user: User.nullable(),
  created_at: z.string(),
  closed_at: z.string().nullable(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().optional() })])),
  reactions: Reactions.optional(),
  pull_request: z.object({}).optional(),
});
export type Issue = z.infer<typeof Issue>;

export const Comment = z.object({
  id: z.number(),
  body: z.string().optional(),
  user: User.nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  reactions: Reactions.optional(),
});
export type Comment = z.infer<typeof Comment>;

export const Commit = z.object({
  sha: z.string(),
  commit: z.object({
    message: z.string(),
    author: z.object({ name: z.string().optional(), date: z.string().optional() }).nullable(),
    committer: z.object({ date: z.string().optional() }).nullable(),
  }),
  author: z.object({ login: z.string().optional(), type: z.string().optional() }).nullable(),
});
export type Commit = z.infer<typeof Commit>;

export const CheckRun = z.object({
  id: z.number(),
  name: z.string(),
  head_sha: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  details_url: z.string().nullable(),
  output: z.object({
    title: z.string().nullable(),
    summary: z.string().nullable(),
    text: z.string().nullable(),
    annotations_count: z.number(),
  }),
  app: z.object({ slug: z.string().optional(), name: z.string() }).nullable(),
});
export type CheckRun = z.infer<typeof CheckRun>;

export const Annotation = z.object({
  path: z.string(),
  start_line: z.number(),
  end_line: z.number(),
  annotation_level: z.string().nullable(),
  title: z.string().nullable(),
  message: z.string().nullable(),
  raw_details: z.string().nullable(),
});
export type Annotation = z.infer<typeof Annotation>;

export const ChangedFile = z.object({
  filename: z.string(),
  previous_filename: z.string().optional(),
  status: z.string(),
  additions: z.number(),
  deletions: z.number(),
  patch: z.string().optional(),
});
export type ChangedFile = z.infer<typeof ChangedFile>;

const Asset = z.object({ id: z.number(), name: z.string(), size: z.number(), browser_download_url: z.string() });
export const Release = z.object({
  tag_name: z.string(),
  name: z.string().nullable(),
  body: z.string().nullable().optional(),
  draft: z.boolean(),
  prerelease: z.boolean(),
  created_at: z.string(),
  published_at: z.string().nullable(),
  author: User,
  assets: z.array(Asset),
});
export type Release = z.infer<typeof Release>;

export const Ref = z.object({ ref: z.string(), object: z.object({ sha: z.string(), type: z.string() }) });
export type Ref = z.infer<typeof Ref>;

export const Deployment = z.object({
  id: z.number(),
  environment: z.string(),
  ref: z.string(),
  sha: z.string(),
  description: z.string().nullable(),
  created_at: z.string(),
});
export type Deployment = z.infer<typeof Deployment>;
export const DeploymentStatus = z.object({ state: z.string(), description: z.string(), created_at: z.string() });
export type DeploymentStatus = z.infer<typeof DeploymentStatus>;

export const Run = z.object({
  id: z.number(),
  name: z.string().nullable().optional(),
  display_title: z.string(),
  event: z.string(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  head_branch: z.string().nullable(),
  head_sha: z.string(),
  run_number: z.number(),
  run_attempt: z.number().optional(),
  created_at: z.string(),
  path: z.string(),
  actor: User.optional(),
});
export type Run = z.infer<typeof Run>;

const Step = z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullable(), number: z.number() });
export const Job = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  steps: z.array(Step).optional(),
});
export type Job = z.infer<typeof Job>;

export const Artifact = z.object({
  id: z.number(),
  name: z.string(),
  size_in_bytes: z.number(),
  expired: z.boolean(),
  digest: z.string().nullable().optional(),
});
export type Artifact = z.infer<typeof Artifact>;
