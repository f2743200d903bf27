import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalGitHub } from '../../../local/github.ts';
import type { Repository } from '../../../local/repositories/repository.ts';
import { startLocalGitHub } from '../../../local/server.ts';
import { type RecordingJudge, recordingJudge } from '../../conformance/recording-judge.ts';

/** A started local GitHub with the users `ada` (write) and `ben` (read), the repository `acme/flights` and a private one. */
export interface World {
  readonly github: LocalGitHub;
  readonly repository: Repository;
  readonly secret: Repository;
  readonly judge: RecordingJudge;
  readonly tokens: { readonly ada: string; readonly ben: string };
  /** Calls the REST API. @returns status and body */
  api(method: string, path: string, token: string, body?: object): Promise<{ status: number; body: unknown }>;
  browser(): Browser;
  close(): Promise<void>;
}

/** Keeps cookies and follows no redirect, so that a test sees each answer. */
export interface Browser {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  text(path: string): Promise<string>;
  /** Sends a form with the token of the page that was read last. */
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  signIn(login: string): Promise<void>;
}

/** Commits files to a branch of a bare repository, on top of `from`. */
export async function commit(
  github: LocalGitHub,
  repository: Repository,
  branch: string,
  files: Record<string, string>,
  from?: string,
): Promise<string> {
  const lines = [
    `commit refs/heads/${branch}`,
    'committer Ada <ada@example.com> 1767225600 +0000',
    'data 13',
    'Change things',
  ];
  if (from !== undefined) lines.push(`from ${from}`);
  for (const [path, content] of Object.entries(files)) {
    lines.push(`M 100644 inline ${JSON.stringify(path)}`, `data ${Buffer.byteLength(content)}`, content);
  }
  const git = github.git(repository);
  const child = spawn('git', ['fast-import', '--quiet'], { cwd: git.directory, stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.end(`${lines.join('\n')}\n`);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  const sha = await git.ref(`refs/heads/${branch}`);
  if (sha === undefined) throw new Error(`the branch ${branch} was not made`);
  return sha;
}

function openBrowser(origin: string): Browser {
  let cookie = '';
  let csrf = '';
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(origin + path, { redirect: 'manual', ...init, headers: { cookie, ...init.headers } });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return response;
  };
  const get: Browser['get'] = (path, headers = {}) => call(path, { headers });
  const text: Browser['text'] = async (path) => {
    const body = await (await get(path)).text();
    csrf = /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? csrf;
    return body;
  };
  const post: Browser['post'] = (path, form, headers = {}) =>
    call(path, { method: 'POST', body: new URLSearchParams({ csrf, ...form }), headers: { origin, ...headers } });
  const signIn = async (login: string): Promise<void> => {
    await text('/login');
    await post('/login', { login });
    await text('/');
  };
  return { get, text, post, signIn };
}

export async function openWorld(): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'local-page-'));
  const judge = recordingJudge();
  const github = await startLocalGitHub({ dataDir, observe: judge.observe, observeDelivery: judge.observeDelivery });
  const ada = github.createUser('ada', { name: 'Ada' });
  const ben = github.createUser('ben');
  github.createOrganization('acme');
  const repository = await github.createRepository({
    owner: 'acme',
    name: 'flights',
    description: 'Late <b>flights</b>',
  });
  const secret = await github.createRepository({ owner: 'acme', name: 'secret', private: true });
  github.addCollaborator(repository, 'ada', 'write');
  github.addCollaborator(secret, 'ada', 'write');
  const origin = `http://127.0.0.1:${github.port}`;
  return {
    github,
    repository,
    secret,
    judge,
    tokens: { ada: ada.token, ben: ben.token },
    browser: () => openBrowser(origin),
    async api(method, path, token, body) {
      const response = await fetch(github.urls.api + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    async close() {
      await github.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
