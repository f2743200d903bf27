import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActionsOptions, actionsOf } from '../../../local/actions/service.ts';
import type { Job, Run } from '../../../local/actions/tables.ts';
import type { RepositoryEvent } from '../../../local/events.ts';
import type { LocalGitHub } from '../../../local/github.ts';
import { startLocalGitHub } from '../../../local/server.ts';
import { type RecordingJudge, recordingJudge } from '../../conformance/recording-judge.ts';

export type Files = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  // The tests look into answers of every shape.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the API
  readonly body: any;
  readonly headers: Headers;
}

/** A finished run, with what it left. */
export interface Outcome {
  readonly run: Run;
  readonly jobs: readonly Job[];
  job(name: string): Job;
  log(name: string): Promise<string>;
}

/** A real server with one user, and git to fill its repositories. */
export interface Playground {
  readonly github: LocalGitHub;
  readonly token: string;
  readonly events: RepositoryEvent[];
  /** Holds every exchange to GitHub's OpenAPI description. */
  readonly judge: RecordingJudge;
  api(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
  /** Creates `ada/<name>` with these files on main. @returns the commit. */
  repository(name: string, files: Files, options?: { private?: boolean }): Promise<string>;
  /** Commits files on a branch (made from main if it is missing) with a token. @returns the commit. */
  push(name: string, branch: string, files: Files, token?: string): Promise<string>;
  /** Dispatches `.github/workflows/<file>` and waits for the end of the run. */
  dispatch(name: string, file: string, inputs?: Record<string, unknown>, ref?: string): Promise<Outcome>;
  /** Dispatches without waiting. @returns the id of the run. */
  start(name: string, file: string, inputs?: Record<string, unknown>): Promise<number>;
  outcome(runId: number): Promise<Outcome>;
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function openPlayground(actions: ActionsOptions = {}, now = (): Date => new Date()): Promise<Playground> {
  const directory = mkdtempSync(join(tmpdir(), 'playground-'));
  const judge = recordingJudge();
  const github = await startLocalGitHub({
    dataDir: join(directory, 'data'),
    now,
    observe: judge.observe,
    observeDelivery: judge.observeDelivery,
    actions: { cancelGrace: { interrupt: 300, terminate: 300 }, ...actions },
  });
  const { token } = github.createUser('ada');
  const events: RepositoryEvent[] = [];
  github.onEvent((event) => events.push(event));
  const service = actionsOf(github);

  const api: Playground['api'] = async (method, path, body, bearer = token) => {
    const response = await fetch(`${github.urls.api}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
  };
  const push: Playground['push'] = async (name, branch, files, bearer = token) => {
    const git = `/repos/ada/${name}/git`;
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await api(method, git + path, body, bearer);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    };
    const heads: { ref: string; object: { sha: string } }[] = await call('GET', '/matching-refs/heads/');
    const find = (wanted: string) => heads.find((head) => head.ref === `refs/heads/${wanted}`)?.object.sha;
    const parent = find(branch) ?? find('main');
    const entries = Object.entries(files).map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }));
    const tree = await call('POST', '/trees', {
      tree: entries,
      ...(parent === undefined ? {} : { base_tree: parent }),
    });
    const parents = parent === undefined ? [] : [parent];
    const commit = await call('POST', '/commits', { message: 'A change', tree: tree.sha, parents });
    if (find(branch) === undefined) await call('POST', '/refs', { ref: `refs/heads/${branch}`, sha: commit.sha });
    else await call('PATCH', `/refs/heads/${branch}`, { sha: commit.sha, force: true });
    return commit.sha;
  };
  const outcome: Playground['outcome'] = async (runId) => {
    await service.state.active.get(runId)?.done;
    const run = service.state.run(runId);
    const jobs = service.state.tables.jobs.list({ runId, attempt: run.attempts.length });
    const job = (name: string): Job => {
      const found = jobs.find((candidate) => candidate.name === name);
      if (found === undefined)
        throw new Error(
          `no job ${name}; the run has ${jobs.map((one) => one.name).join(', ') || 'none'}: ${run.startupError}`,
        );
      return found;
    };
    return { run, jobs, job, log: (name) => service.state.logs.read(job(name).id) };
  };
  const start: Playground['start'] = async (name, file, inputs) => {
    const { status, body } = await api('POST', `/repos/ada/${name}/actions/workflows/${file}/dispatches`, {
      ref: 'main',
      inputs,
      return_run_details: true,
    });
    if (status !== 200) throw new Error(`dispatch: ${status} ${JSON.stringify(body)}`);
    return body.workflow_run_id;
  };
  return {
    github,
    token,
    events,
    judge,
    api,
    push,
    outcome,
    start,
    async repository(name, files, options = {}) {
      await github.createRepository({ owner: 'ada', name, ...options });
      const sha = await push(name, 'main', files);
      await service.settled();
      return sha;
    },
    dispatch: async (name, file, inputs) => outcome(await start(name, file, inputs)),
    settled: () => service.settled(),
    async close() {
      await github.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
