import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from 'octokit';
import type { GitAccess } from '../../../adapters/git/transport.ts';
import type { Requester } from '../../../adapters/github/api.ts';
import type { Effects } from '../../../adapters/github/effects.ts';
import { gitAccess } from '../../../adapters/github/git-access.ts';
import { installation as asInstallation, type Installation } from '../../../adapters/github/installation.ts';
import { type GithubPorts, githubPorts } from '../../../adapters/github/ports.ts';
import { GitId } from '../../../core/names.ts';
import type { LocalGitHub } from '../../../local/github.ts';
import { startLocalGitHub } from '../../../local/server.ts';
import { recordingJudge } from '../../conformance/recording-judge.ts';

/** A local GitHub with one repository, an App installed on it, and the ports of that App and of a person. */
export interface World {
  readonly github: LocalGitHub;
  readonly ports: GithubPorts;
  /** Requests as Ada, an administrator of the repository. */
  readonly ada: Requester;
  readonly ben: Requester;
  /** Requests as the App's installation. */
  readonly app: Requester;
  /** The repository over git's own protocol, as Ada. */
  readonly git: GitAccess;
  /** The App's ports in a process of its own that reaches GitHub at this address. */
  portsAt(apiUrl: string, effects: Effects | null): GithubPorts;
  /** How many requests of ours the server saw since last asked, by method. */
  requests(): readonly string[];
  /** A commit on a branch made by Ada; the branch is created or moved. */
  commit(branch: string, files: Readonly<Record<string, string>>, parent?: string): Promise<GitId>;
  close(): Promise<void>;
}

export const OWNER = 'flights';
export const REPO = 'delay';

export async function startWorld(): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trainyard-github-'));
  const judge = recordingJudge();
  let seen: string[] = [];
  const github = await startLocalGitHub({ dataDir, observe: judge.observe, observeDelivery: judge.observeDelivery });
  github.createOrganization(OWNER);
  const ada = github.createUser('ada');
  const ben = github.createUser('ben');
  const repository = await github.createRepository({ owner: OWNER, name: REPO });
  github.addCollaborator(repository, 'ada', 'admin');
  github.addCollaborator(repository, 'ben', 'write');
  github.addTeamMember(OWNER, 'ml-leads', 'ada');
  const app = github.createApp({
    slug: 'trainyard',
    owner: OWNER,
    webhookUrl: null,
    webhookSecret: 'a secret of the test',
    permissions: {
      actions: 'write',
      checks: 'write',
      contents: 'write',
      deployments: 'write',
      issues: 'write',
      pull_requests: 'write',
      members: 'read',
    },
    events: ['push'],
  });
  const installation = github.installApp(app, OWNER);
  const baseUrl = github.urls.api;
  const as = (token: string): Octokit =>
    new Octokit({ auth: token, baseUrl, throttle: { enabled: false }, retry: { enabled: false } });
  const signedIn = new Map<string, Installation>();
  const signIn = (apiUrl: string): Installation => {
    const before = signedIn.get(apiUrl);
    if (before !== undefined) return before;
    const octokit = new Octokit({
      authStrategy: createAppAuth,
      auth: { appId: app.id, privateKey: app.privateKeyPem, installationId: installation.id, cache: agedTokens() },
      baseUrl: apiUrl,
      throttle: { enabled: false },
      retry: { enabled: false },
    });
    const signing = asInstallation(
      { auth: (options) => octokit.auth(options), ...requester(octokit) },
      installation.id,
    );
    signedIn.set(apiUrl, signing);
    return signing;
  };
  const itself = signIn(baseUrl);
  const asApp: Requester = {
    request: (route, parameters) => {
      seen.push(route);
      return itself.request(route, parameters);
    },
  };
  const now = () => new Date();
  const asAda = requester(as(ada.token));
  return {
    github,
    ada: asAda,
    app: asApp,
    git: gitAccess(baseUrl, where, { token: async () => ada.token, now }),
    ben: requester(as(ben.token)),
    ports: githubPorts({
      octokit: asApp,
      repository: { owner: OWNER, repo: REPO },
      git: gitAccess(baseUrl, where, { token: itself.token, now }),
      self: 'trainyard[bot]',
      wait: async () => {},
    }),
    portsAt(apiUrl, effects) {
      const octokit = signIn(apiUrl);
      return githubPorts({
        octokit,
        repository: where,
        git: gitAccess(apiUrl, where, { token: octokit.token, now }),
        self: 'trainyard[bot]',
        wait: async () => {},
        // As in the App, whose flows use for a moment what they have read.
        ...(effects === null ? {} : { effects, freshFor: 2_000 }),
      });
    },
    requests() {
      const before = seen;
      seen = [];
      return before;
    },
    async commit(branch, files, parent) {
      const git = github.git(repository);
      const before = parent ?? (await git.ref(`refs/heads/${branch}`));
      return commitFiles(asAda, where, branch, files, before);
    },
    async close() {
      await github.close();
      await rm(dataDir, { recursive: true, force: true });
      judge.assertClean();
    },
  };
}

function requester(octokit: Octokit): Requester {
  return { request: (route, parameters) => octokit.request(route, parameters) };
}

/** Tokens that were given long ago: one that is new and refused is sent again by Octokit for five seconds. */
function agedTokens() {
  const tokens = new Map<string, string>();
  return {
    get: (key: string) => tokens.get(key) ?? '',
    set(key: string, value: string) {
      const [token = '', , ...rest] = value.split('|');
      tokens.set(key, [token, new Date(0).toISOString(), ...rest].join('|'));
    },
  };
}

const where = { owner: OWNER, repo: REPO };

/** Commits files on a branch through the API; moves it there by force, or makes it. */
export async function commitFiles(
  as: Requester,
  where: { readonly owner: string; readonly repo: string },
  branch: string,
  files: Readonly<Record<string, string>>,
  parent?: string,
): Promise<GitId> {
  const entries = Object.entries(files).map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }));
  const base = parent === undefined ? {} : { base_tree: parent };
  const tree = await as.request('POST /repos/{owner}/{repo}/git/trees', { ...where, tree: entries, ...base });
  const commit = await as.request('POST /repos/{owner}/{repo}/git/commits', {
    ...where,
    message: `change ${Object.keys(files).join(', ')}`,
    tree: shaOf(tree.data),
    parents: parent === undefined ? [] : [parent],
  });
  const sha = shaOf(commit.data);
  const ref = `heads/${branch}`;
  try {
    await as.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...where, ref, sha, force: true });
  } catch {
    await as.request('POST /repos/{owner}/{repo}/git/refs', { ...where, ref: `refs/${ref}`, sha });
  }
  return sha;
}

export function shaOf(data: unknown): GitId {
  if (typeof data === 'object' && data !== null && 'sha' in data) return GitId.parse(data.sha);
  throw new Error(`expected an object with a sha, got ${JSON.stringify(data)}`);
}
