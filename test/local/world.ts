import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from 'octokit';
import type { LocalGitHub } from '../../local/github.ts';
import type { Repository } from '../../local/repositories/repository.ts';
import { startLocalGitHub } from '../../local/server.ts';
import { recordingJudge } from '../conformance/recording-judge.ts';

const run = promisify(execFile);

export const SECRET = 'a webhook secret of the tests';

/** A webhook as it arrived at the App. */
export interface Received {
  readonly event: string;
  readonly action: string | undefined;
  readonly guid: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read deep into payloads whose shape the judge has checked
  readonly payload: any;
}

/** An App's endpoint that records what it gets and answers `status`. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  status: number;
  events(name: string, action?: string): Received[];
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const payload = JSON.parse(body);
    received.push({
      event: String(message.headers['x-github-event']),
      action: payload.action,
      guid: String(message.headers['x-github-delivery']),
      headers: message.headers,
      body,
      payload,
    });
    response.writeHead(receiver.status).end('seen');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/webhook`,
    received,
    status: 202,
    events: (name, action) =>
      received.filter((one) => one.event === name && (action === undefined || one.action === action)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

export const signatureOf = (body: string): string =>
  `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;

const APP_PERMISSIONS = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  members: 'read',
  pull_requests: 'write',
  statuses: 'write',
} as const;

const APP_EVENTS = [
  'check_run',
  'create',
  'delete',
  'deployment',
  'deployment_status',
  'issue_comment',
  'issues',
  'pull_request',
  'pull_request_review',
  'push',
  'repository_dispatch',
  'status',
];

/** An octokit that neither waits nor retries, so that tests see each answer at once. */
export function client(github: LocalGitHub, token: string): Octokit {
  return new Octokit({
    auth: token,
    baseUrl: github.urls.api,
    throttle: { enabled: false },
    retry: { enabled: false },
  });
}

/** Creates or replaces files on a branch through the git database API; makes the branch if it is missing. */
export async function commitFiles(
  octokit: Octokit,
  repository: Repository,
  branch: string,
  files: Readonly<Record<string, string | null>>,
  options: { from?: string; message?: string } = {},
): Promise<string> {
  const at = { owner: repository.owner, repo: repository.name };
  const find = async (name: string): Promise<string | undefined> => {
    const { data } = await octokit.rest.git.listMatchingRefs({ ...at, ref: `heads/${name}` });
    return data.find((one) => one.ref === `refs/heads/${name}`)?.object.sha;
  };
  const existing = await find(branch);
  const parent = existing ?? (await find(options.from ?? 'main'));
  const tree = await octokit.rest.git.createTree({
    ...at,
    ...(parent === undefined ? {} : { base_tree: parent }),
    tree: Object.entries(files).map(([path, content]) =>
      content === null
        ? { path, mode: '100644', type: 'blob', sha: null }
        : { path, mode: '100644', type: 'blob', content },
    ),
  });
  const commit = await octokit.rest.git.createCommit({
    ...at,
    message: options.message ?? `Change ${Object.keys(files).join(', ')}`,
    tree: tree.data.sha,
    parents: parent === undefined ? [] : [parent],
  });
  const { sha } = commit.data;
  if (existing === undefined) await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha });
  else await octokit.rest.git.updateRef({ ...at, ref: `heads/${branch}`, sha });
  return sha;
}

/**
 * A server with the organization `acme`, its repository `acme/flights` (one commit on main), the people `ada` (admin),
 * `ben` (write) and `eve` (nothing), and an App that is installed and listens. Every exchange and webhook is judged.
 */
export async function startWorld(options: { now?: () => Date } = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'local-github-'));
  const judge = recordingJudge();
  const receiver = await startReceiver();
  const problems: string[] = [];
  const github = await startLocalGitHub({
    dataDir,
    log: (line) => problems.push(line),
    observe: judge.observe,
    observeDelivery: judge.observeDelivery,
    ...options,
  });
  github.createOrganization('acme');
  const ada = github.createUser('ada', { name: 'Ada' });
  const ben = github.createUser('ben');
  const eve = github.createUser('eve');
  const repository = await github.createRepository({ owner: 'acme', name: 'flights' });
  github.addCollaborator(repository, 'ada', 'admin');
  github.addCollaborator(repository, 'ben', 'write');
  const app = github.createApp({
    slug: 'trainyard',
    owner: 'acme',
    webhookUrl: receiver.url,
    webhookSecret: SECRET,
    permissions: APP_PERMISSIONS,
    events: APP_EVENTS,
  });
  const installation = github.installApp(app, 'acme');
  const as = (token: string): Octokit => client(github, token);
  const appOctokit = new Octokit({
    authStrategy: createAppAuth,
    auth: { appId: app.id, privateKey: app.privateKeyPem },
    baseUrl: github.urls.api,
    throttle: { enabled: false },
    retry: { enabled: false },
  });
  const { data } = await appOctokit.rest.apps.createInstallationAccessToken({ installation_id: installation.id });
  const main = await commitFiles(as(ada.token), repository, 'main', { 'README.md': '# flights\n' });
  await github.settled();
  return {
    github,
    judge,
    receiver,
    problems,
    ada: { ...ada, octokit: as(ada.token) },
    ben: { ...ben, octokit: as(ben.token) },
    eve: { ...eve, octokit: as(eve.token) },
    app: { ...app, octokit: as(data.token), token: data.token, jwt: appOctokit },
    installation,
    repository,
    at: { owner: 'acme', repo: 'flights' },
    main,
    as,
    async close() {
      await github.close();
      await receiver.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** The HTTP status that a call fails with; 0 if it does not fail. */
export async function failure(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await call;
    return { status: 0, message: 'the call did not fail' };
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? Number(error.status) : -1;
    return { status, message: error instanceof Error ? error.message : String(error) };
  }
}

/** A clone of a repository, driven by the git command line as a person would. */
export async function clone(world: World, token: string | undefined, name = 'acme/flights') {
  const [owner = '', repo = ''] = name.split('/');
  const url = new URL(world.github.urls.git(owner, repo));
  if (token !== undefined) {
    url.username = 'x-access-token';
    url.password = token;
  }
  const parent = await mkdtemp(join(tmpdir(), 'clone-'));
  const directory = join(parent, 'work');
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  const git = async (...args: string[]): Promise<string> => {
    const identity = [
      '-c',
      'user.name=Ada',
      '-c',
      'user.email=ada@users.noreply.github.com',
      '-c',
      'commit.gpgsign=false',
    ];
    const { stdout } = await run('git', [...identity, ...args], { cwd: directory, env });
    return stdout.trim();
  };
  await run('git', ['clone', '--quiet', url.href, directory], { env });
  return {
    directory,
    git,
    async write(path: string, content: string) {
      await run('mkdir', ['-p', dirname(join(directory, path))]);
      await writeFile(join(directory, path), content);
      await git('add', path);
    },
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
