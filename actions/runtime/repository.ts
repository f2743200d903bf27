import { getOctokit } from '@actions/github';
import { z } from 'zod';
import { GitId, Instant, RepositoryName } from '../../core/names.ts';
import { ActionError } from './error.ts';

/** A run of a workflow, as far as actions look at it. */
const Run = z.object({
  id: z.int().positive(),
  workflow_id: z.int().positive(),
  event: z.string(),
  display_title: z.string(),
  created_at: Instant,
  actor: z.object({ login: z.string() }).nullish(),
});
export type Run = z.infer<typeof Run>;

const Artifact = z.object({
  id: z.int().positive(),
  name: z.string(),
  size_in_bytes: z.int().min(0),
  expired: z.boolean(),
  digest: z.string().nullish(),
  workflow_run: z.object({ id: z.int().positive() }).nullish(),
});
export type Artifact = z.infer<typeof Artifact>;

/** What actions read of the repository that they run for; needs contents:read and actions:read. */
export interface RepositoryReader {
  /** The commit that a ref points at, null when there is no such ref. @param ref `refs/…` */
  commitOf(ref: string): Promise<GitId | null>;
  /** A file's bytes at a commit, null when absent. */
  file(commit: string, path: string): Promise<Uint8Array | null>;
  run(id: number): Promise<Run>;
  /** Dispatched runs of all workflows since then, oldest first. */
  dispatchedSince(since: Date): Promise<readonly Run[]>;
  artifact(id: number): Promise<Artifact | null>;
}

/** GitHub lists no more than a thousand runs for one query. */
const MAX_PAGES = 10;

/** @param apiUrl `GITHUB_API_URL` */
export function openRepository(token: string, repository: string, apiUrl: string | undefined): RepositoryReader {
  const [owner = '', repo = ''] = RepositoryName.parse(repository).split('/');
  const octokit = getOctokit(token, apiUrl === undefined ? {} : { baseUrl: apiUrl });
  const place = { owner, repo, headers: { 'x-github-api-version': '2022-11-28' } };
  return {
    async commitOf(ref) {
      const found = await orNull(
        octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...place, ref: ref.replace(/^refs\//, '') }),
      );
      if (found === null) return null;
      const shape = z.object({ ref: z.literal(ref), object: z.object({ type: z.literal('commit'), sha: GitId }) });
      return check(shape, found.data, `ref ${ref}`).object.sha;
    },
    async file(commit, path) {
      const found = await orNull(
        octokit.request('GET /repos/{owner}/{repo}/contents/{path}', {
          ...place,
          path,
          ref: commit,
          // Raw reads up to 100 MB, JSON only 1 MB.
          headers: { ...place.headers, accept: 'application/vnd.github.raw+json' },
        }),
      );
      if (found === null) return null;
      const content: unknown = found.data;
      if (content instanceof ArrayBuffer) return new Uint8Array(content);
      if (typeof content === 'string') return Buffer.from(content, 'utf8');
      throw new ActionError('api_failed', `expected the bytes of ${path} at ${commit}, got something else`);
    },
    async run(id) {
      const { data } = await answer(
        octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', { ...place, run_id: id }),
      );
      return check(Run, data, `workflow run ${id}`);
    },
    async dispatchedSince(since) {
      const runs: Run[] = [];
      for (let page = 1; page <= MAX_PAGES; page += 1) {
        const { data } = await answer(
          octokit.request('GET /repos/{owner}/{repo}/actions/runs', {
            ...place,
            event: 'workflow_dispatch',
            per_page: 100,
            page,
          }),
        );
        const found = check(z.object({ workflow_runs: z.array(Run) }), data, 'workflow runs').workflow_runs;
        const recent = found.filter((run) => Date.parse(run.created_at) >= since.getTime());
        runs.push(...recent);
        // Newest first: what follows is older still.
        if (found.length < 100 || recent.length < found.length) {
          return runs.sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at) || a.id - b.id);
        }
      }
      throw new ActionError('api_failed', `more than ${MAX_PAGES * 100} dispatched runs since ${since.toISOString()}`);
    },
    async artifact(id) {
      const found = await orNull(
        octokit.request('GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}', { ...place, artifact_id: id }),
      );
      return found === null ? null : check(Artifact, found.data, `artifact ${id}`);
    },
  };
}

async function answer<T>(request: Promise<T>): Promise<T> {
  const found = await orNull(request);
  if (found === null) throw new ActionError('api_failed', 'GitHub answered 404: the job’s token may lack a permission');
  return found;
}

async function orNull<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    const status = z.object({ status: z.number() }).safeParse(error);
    if (status.success && status.data.status === 404) return null;
    const said = error instanceof Error ? error.message : String(error);
    throw new ActionError('api_failed', `GitHub’s API did not answer as expected: ${said.slice(0, 500)}`, {
      cause: error,
    });
  }
}

function check<T extends z.ZodType>(schema: T, data: unknown, what: string): z.infer<T> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new ActionError('api_failed', `unexpected answer for ${what}: ${z.prettifyError(parsed.error).slice(0, 500)}`);
}
