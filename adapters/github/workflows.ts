import { z } from 'zod';
import { GitId, Instant, Sha256 } from '../../core/names.ts';
import { PortError, type Turns, type WorkflowRun, type Workflows } from '../../flows/ports.ts';
import type { GitRefs } from '../git/refs.ts';
import type { Api } from './api.ts';
import { downloadArtifact, type Fetch } from './artifact-download.ts';
import { streamArtifact } from './artifact-stream.ts';
import { dispatchOnce } from './dispatch.ts';
import type { Effects } from './effects.ts';
import { hasCode } from './errors.ts';

const Run = z.object({
  id: z.int().positive(),
  run_attempt: z.int().positive().default(1),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  event: z.string(),
  path: z.string(),
  head_branch: z.string().nullable(),
  head_sha: GitId,
  display_title: z.string(),
  created_at: Instant,
  html_url: z.string(),
});
const Jobs = z.object({
  jobs: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      conclusion: z.string().nullable(),
      html_url: z.string().nullable(),
    }),
  ),
});
const Artifacts = z.object({
  artifacts: z.array(
    z.object({
      id: z.int().positive(),
      name: z.string(),
      digest: z.string().nullish(),
      size_in_bytes: z.int().min(0),
      expired: z.boolean(),
    }),
  ),
});

const RUN = '/repos/{owner}/{repo}/actions/runs/{run_id}';

export interface WorkflowOptions {
  readonly effects: Effects | null;
  readonly refs: GitRefs;
  readonly turns: Turns;
  /** The branch that only we move, always to the default branch's head (invariant 3). */
  readonly executionBranch: string;
  /** Our login, e.g. `trainyard[bot]`. */
  readonly self: string;
  readonly fetch: Fetch;
  /** Waits so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

export function workflows(api: Api, options: WorkflowOptions): Workflows {
  const { executionBranch, refs } = options;
  return {
    async syncExecutionRef() {
      const ref = `refs/heads/${executionBranch}`;
      const [target, current] = await Promise.all([refs.head(), refs.find(ref)]);
      if (target === null)
        throw new PortError('not_found', 'expected the default branch to have a commit, got none; push a first one');
      if (current?.id === target.id) return target.id;
      const moved = await refs.update([], [{ ref, from: current?.id ?? null, to: target.id }]);
      if (moved === 'conflict') throw new PortError('conflict', `${ref}: somebody else moved it; it is tried again`);
      return target.id;
    },
    // A timer and a delivery may come to the same one at once, and each would find none.
    dispatch: (workflow, inputs, mark, since, after = 0) =>
      options.turns.take(`dispatch ${workflow} ${mark}`, () =>
        dispatchOnce(api, {
          workflow,
          inputs,
          mark,
          since: since === undefined ? null : new Date(since),
          after,
          branch: executionBranch,
          self: options.self,
          wait: options.wait,
          effects: options.effects,
        }),
      ),
    async run(id) {
      const run = await api.find(`GET ${RUN}`, { run_id: id }, Run);
      return run === null ? null : workflowRun(run);
    },
    async jobs(id) {
      const found = [];
      for (let page = 1; ; page += 1) {
        const { jobs } = await api.get(`GET ${RUN}/jobs`, { run_id: id, filter: 'latest', per_page: 100, page }, Jobs);
        found.push(...jobs.map(({ html_url, ...job }) => ({ ...job, url: html_url ?? '' })));
        if (jobs.length < 100) return found;
      }
    },
    async cancel(id) {
      try {
        await api.raw(`POST ${RUN}/cancel`, { run_id: id });
      } catch (error) {
        // 409: it has ended already. 404: it was deleted, which ends it, too.
        if (!hasCode(error, 'conflict', 'not_found')) throw error;
      }
    },
    async artifacts(runId) {
      const found = [];
      for (let page = 1; ; page += 1) {
        const answer = await api.get(`GET ${RUN}/artifacts`, { run_id: runId, per_page: 100, page }, Artifacts);
        found.push(...answer.artifacts.map(({ size_in_bytes, ...artifact }) => ({ ...artifact, size: size_in_bytes })));
        if (answer.artifacts.length < 100)
          return found.map((artifact) => ({ ...artifact, digest: digestOf(artifact.digest) }));
      }
    },
    artifactFiles: (id, digest, maxBytes) => downloadArtifact(api, options.fetch, { id, digest, maxBytes }),
    artifactFile: (id, digest, name, maxBytes) => streamArtifact(api, options.fetch, { id, digest, maxBytes, name }),
  };
}

function digestOf(digest: string | null | undefined): Sha256 | null {
  const parsed = Sha256.safeParse(digest?.replace(/^sha256:/, ''));
  return parsed.success ? parsed.data : null;
}

function workflowRun(run: z.infer<typeof Run>): WorkflowRun {
  const status = run.status === 'completed' || run.status === 'in_progress' ? run.status : 'queued';
  return {
    id: run.id,
    attempt: run.run_attempt,
    status,
    conclusion: run.conclusion,
    event: run.event,
    path: run.path.replace(/@.*$/, ''),
    headBranch: run.head_branch,
    headSha: run.head_sha,
    title: run.display_title,
    createdAt: run.created_at,
    url: run.html_url,
  };
}
