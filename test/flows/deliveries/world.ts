import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Octokit } from 'octokit';
import { ENGINES } from '../../../adapters/engines/registry.ts';
import type { Requester } from '../../../adapters/github/api.ts';
import { gitAccess } from '../../../adapters/github/git-access.ts';
import { type GithubCaches, githubCaches, githubPorts } from '../../../adapters/github/ports.ts';
import { localKeySigner } from '../../../adapters/signing/local-key.ts';
import { CONVERTERS } from '../../../app/deliveries/registry.ts';
import { CONFIG_PATH } from '../../../core/config/schema.ts';
import { GitId, Instant } from '../../../core/names.ts';
import type { FlowEvent } from '../../../flows/events.ts';
import type { Ports, Steps } from '../../../flows/ports.ts';
import { webhookPayload } from '../../../local/apps/webhooks.ts';
import { createInstallationToken } from '../../../local/auth/tokens.ts';
import type { LocalGitHub } from '../../../local/github.ts';
import { startLocalGitHub } from '../../../local/server.ts';
import { commitFiles } from '../../adapters/github/world.ts';
import { makeKey, type TestKey } from '../../core/samples.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { type TestJobs, testJobs } from './jobs.ts';

export const OWNER = 'flights';
const SELF = 'trainyard[bot]';

/** A webhook delivery, as a flow is started by it. */
export interface Told {
  readonly id: string;
  readonly event: FlowEvent;
  /** In a few words, for the report of a failure. */
  readonly what: string;
}

/** One GitHub for many stories, each in a repository of its own. */
export interface StoryServer {
  open(): Promise<StoryWorld>;
  close(): Promise<void>;
}

/** One repository, people, and the App's flows on it, without a process or a database server. */
export interface StoryWorld {
  readonly repo: string;
  readonly where: { readonly owner: string; readonly repo: string };
  readonly ada: Requester;
  readonly ben: Requester;
  /** As another process of the App. */
  readonly asApp: Requester;
  readonly database: TestDatabase;
  readonly jobs: TestJobs;
  now(): Date;
  pass(seconds: number): void;
  /** The ports of one flow, as the App makes them for each arrival. */
  ports(steps?: Steps): Ports;
  /** A new process: what the old one remembered is gone. */
  restart(): void;
  /** Deliveries since last asked. */
  told(): readonly Told[];
  tell(name: string, payload: unknown): void;
  commit(branch: string, files: Readonly<Record<string, string>>, parent?: string): Promise<GitId>;
  main(): Promise<GitId>;
  /** Requests and pushes of the App that write, since last asked. */
  writes(): readonly string[];
  /** Presses a button of one of our checks. */
  press(sha: string, check: string, identifier: string): Promise<void>;
}

const direct: Steps = { run: (_name, action) => action() };

const BASE = {
  'train.py': 'print(0)\n',
  'other.py': 'print(0)\n',
  'README.md': 'hello\n',
  'data/rows.csv': 'id\n1\n',
  'contracts/rows.yaml': 'kind: DataContract\n',
};

const CONFIG = `version: 1
models:
  delay:
    inputs: [train.py]
    train: { run: python train.py }
    data:
      rows: { path: data/rows.csv, contract: contracts/rows.yaml }
policy:
  signing: { keys: [keys/trainyard.pub] }
`;

export async function startStories(): Promise<StoryServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trainyard-stories-'));
  let now = Date.parse('2026-11-02T10:00:00Z');
  let pushes: string[] = [];
  const github = await startLocalGitHub({
    dataDir,
    now: () => new Date(now),
    observePush: ({ ref, before, after }) => void pushes.push(`push ${ref} ${before.slice(0, 7)} ${after.slice(0, 7)}`),
  });
  github.createOrganization(OWNER);
  const tokens = { ada: github.createUser('ada').token, ben: github.createUser('ben').token };
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
    },
    events: [],
  });
  const installation = github.installApp(app, OWNER);
  const token = createInstallationToken(github.tables, {
    installationId: installation.id,
    permissions: app.permissions,
    repositoryIds: null,
    expiresAt: new Date('2099-01-01T00:00:00Z'),
  });
  const key = makeKey();
  const parts: Parts = {
    github,
    installation,
    key,
    token,
    ada: requester(github, tokens.ada),
    ben: requester(github, tokens.ben),
    app: requester(github, token),
    now: () => new Date(now),
    pass: (seconds) => {
      now += seconds * 1000;
    },
    takePushes() {
      const before = pushes;
      pushes = [];
      return before;
    },
  };
  let count = 0;
  return {
    async open() {
      count += 1;
      return openWorld(parts, `delay-${count}`);
    },
    async close() {
      await github.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface Parts {
  readonly github: LocalGitHub;
  readonly installation: ReturnType<LocalGitHub['installApp']>;
  readonly key: TestKey;
  readonly token: string;
  readonly ada: Requester;
  readonly ben: Requester;
  readonly app: Requester;
  readonly now: () => Date;
  readonly pass: (seconds: number) => void;
  readonly takePushes: () => readonly string[];
}

function requester(github: LocalGitHub, auth: string): Requester {
  const octokit = new Octokit({
    auth,
    baseUrl: github.urls.api,
    throttle: { enabled: false },
    retry: { enabled: false },
  });
  return { request: (route, parameters) => octokit.request(route, parameters) };
}

async function openWorld(parts: Parts, repo: string): Promise<StoryWorld> {
  const { github, now } = parts;
  const repository = await github.createRepository({ owner: OWNER, name: repo });
  github.addCollaborator(repository, 'ada', 'admin');
  github.addCollaborator(repository, 'ben', 'write');
  const where = { owner: OWNER, repo };
  const git = github.git(repository);
  const main = async () => GitId.parse(await git.ref('refs/heads/main'));
  const database = testDatabase(now);
  const jobs = testJobs({ now, head: main });
  const written: string[] = [];
  let caches: GithubCaches = githubCaches();
  let told: Told[] = [];
  let deliveries = 0;
  const tell = (name: string, payload: unknown): void => {
    deliveries += 1;
    const id = `d-${deliveries}`;
    const receivedAt = Instant.parse(`${now().toISOString().slice(0, 19)}Z`);
    const converted = CONVERTERS.get(name)?.({ id, name, payload, receivedAt }) ?? null;
    if (converted !== null) told.push({ id, event: converted.event, what: `${id} ${wordsOf(converted.event)}` });
  };
  const stop = github.onEvent((event) => {
    if (event.repository.id !== repository.id) return;
    // Our own comments are no news to us (app/webhook.ts).
    if (event.event === 'issue_comment' && event.sender.login === SELF) return;
    tell(event.event, JSON.parse(JSON.stringify(webhookPayload(github, event, parts.installation))));
  });
  void stop;
  const counted: Requester = {
    async request(route, parameters) {
      const answer = await parts.app.request(route, parameters);
      if (!route.startsWith('GET ')) written.push(route);
      return answer;
    },
  };
  const git2 = gitAccess(github.urls.api, where, { token: async () => parts.token, now: () => new Date() });
  const signer = localKeySigner(parts.key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const world: StoryWorld = {
    repo,
    where,
    ada: parts.ada,
    ben: parts.ben,
    asApp: parts.app,
    database,
    jobs,
    now,
    pass: parts.pass,
    ports(steps = direct) {
      const ports = githubPorts({
        octokit: counted,
        repository: where,
        git: git2,
        freshFor: 2000,
        self: SELF,
        effects: database.effects,
        caches,
        wait: async () => {},
      });
      const { workflows } = jobs;
      return {
        ...ports,
        steps,
        clock: { now },
        signer,
        inFlight: database.inFlight,
        workflows,
        engine: ENGINES.runner({ workflows, ingest: async () => null }),
      };
    },
    restart() {
      caches = githubCaches();
    },
    told() {
      const before = told;
      told = [];
      return before;
    },
    tell,
    commit: (branch, files, parent) => commitFiles(parts.ada, where, branch, files, parent),
    main,
    writes() {
      const ours = [...written.splice(0), ...parts.takePushes()];
      return ours;
    },
    async press(sha, name, identifier) {
      const about = { ...where, ref: sha, check_name: name, filter: 'all' };
      const { data } = await parts.ada.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', about);
      const [check] = (data as { check_runs: { id: number; external_id: string; name: string }[] }).check_runs;
      if (check === undefined) throw new Error(`expected a check ${name} at ${sha}, found none`);
      const { external_id, name: named } = check;
      const action = identifier === 'rerequested' ? identifier : 'requested_action';
      const run = github.tables.checkRuns.get(check.id);
      const pressed = run?.actions.find((one) => one.identifier.startsWith(identifier))?.identifier;
      if (action === 'requested_action' && pressed === undefined)
        throw new Error(`expected a button ${identifier} of ${name}, found none`);
      tell('check_run', {
        action,
        check_run: { name: named, external_id, head_sha: sha },
        ...(action === 'requested_action' ? { requested_action: { identifier: pressed } } : {}),
        sender: { login: 'ada', id: 1, type: 'User' },
      });
    },
  };
  await world.commit('main', {
    ...BASE,
    [CONFIG_PATH]: CONFIG,
    'keys/trainyard.pub': parts.key.public.pem,
  });
  world.told();
  return world;
}

function wordsOf(event: FlowEvent): string {
  switch (event.kind) {
    case 'pull_request':
      return `#${event.number} ${event.action} ${event.sha.slice(0, 7)}`;
    case 'comment':
      return `comment ${event.id} on #${event.pullRequest}: ${event.comment?.body.slice(0, 40) ?? ''}`;
    case 'push':
      return `push ${event.branch} ${event.before.slice(0, 7)}..${event.after.slice(0, 7)}`;
    case 'workflow_completed':
      return `workflow ${event.workflowRun} completed`;
    case 'check_action':
      return `${event.identifier} of ${event.check}`;
    case 'tag':
      return `tag ${event.name} ${event.change}`;
    default:
      return event.kind;
  }
}
