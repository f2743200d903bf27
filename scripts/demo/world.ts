import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { generateSigningKey } from '../../adapters/signing/local-key.ts';
import { type LocalGitHub, startLocalGitHub } from '../../local/server.ts';
import { type AppProcess, freePort, startApp } from './app-process.ts';
import type { GitClient } from './git.ts';
import { type Person, person } from './people.ts';
import { pushProduct, pushTeam } from './repositories.ts';
import { prepareToolbox, type Toolbox } from './toolbox.ts';

/** What the App may do: the list of docs/github-app.md, and not more. */
export const APP_PERMISSIONS = {
  metadata: 'read',
  contents: 'write',
  pull_requests: 'read',
  checks: 'write',
  issues: 'write',
  actions: 'write',
  deployments: 'write',
} as const;

export const APP_EVENTS = [
  'pull_request',
  'pull_request_review',
  'issue_comment',
  'push',
  'create',
  'delete',
  'workflow_run',
  'check_run',
  'repository_dispatch',
] as const;

export interface World {
  readonly github: LocalGitHub;
  readonly apiUrl: string;
  readonly team: { readonly owner: string; readonly repo: string };
  /** Maintains the team's repository. */
  readonly ada: Person;
  /** May write to it. */
  readonly ben: Person;
  readonly work: GitClient;
  readonly toolbox: Toolbox;
  app(): AppProcess;
  /** Kills the App as a crash would and starts it anew on the same data. */
  crashApp(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Everything of this world lives below this folder. */
  readonly directory: string;
  /** The folder that becomes the team's repository; the example without it. */
  readonly template?: string;
  /** Settings of the App on top of those that it needs. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Permissions of the App on top of those that it needs. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  /** What the App hears of on top of what it needs. */
  readonly events?: readonly string[];
  /** What the App's process runs; the App without it. */
  readonly entry?: string;
  /** Where the App finds GitHub's API, told where it is: through what stands between them. */
  readonly through?: (apiUrl: string) => Promise<string>;
  readonly log?: (line: string) => void;
  readonly observe?: Parameters<typeof startLocalGitHub>[0]['observe'];
  readonly observeDelivery?: Parameters<typeof startLocalGitHub>[0]['observeDelivery'];
  readonly observePush?: Parameters<typeof startLocalGitHub>[0]['observePush'];
}

/** A local GitHub with the product's and a team's repository on it, and the App installed and running. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true });
  // As root, PostgreSQL runs as another user, who must get to the App's data: else they lie, and stay, in /var/tmp.
  chmodSync(directory, 0o711);
  const toolbox = await prepareToolbox();
  const github = await startLocalGitHub({
    dataDir: join(directory, 'github'),
    actions: { jobEnvironment: toolbox.jobEnvironment },
    ...(options.log === undefined ? {} : { log: options.log }),
    ...(options.observe === undefined ? {} : { observe: options.observe }),
    ...(options.observeDelivery === undefined ? {} : { observeDelivery: options.observeDelivery }),
    ...(options.observePush === undefined ? {} : { observePush: options.observePush }),
  });
  const ada = person({ apiUrl: github.urls.api }, github.createUser('ada', { name: 'Ada' }));
  const ben = person({ apiUrl: github.urls.api }, github.createUser('ben', { name: 'Ben' }));
  for (const name of ['trainyard', 'acme']) github.createOrganization(name);
  const product = await github.createRepository({ owner: 'trainyard', name: 'trainyard' });
  const team = await github.createRepository({ owner: 'acme', name: 'flights', private: true });
  github.addCollaborator(product, 'ada', 'admin');
  github.addCollaborator(team, 'ada', 'maintain');
  github.addCollaborator(team, 'ben', 'write');

  const port = await freePort();
  const secret = randomBytes(24).toString('hex');
  const app = github.createApp({
    slug: 'trainyard',
    owner: 'trainyard',
    webhookUrl: `http://127.0.0.1:${port}/api/github/webhooks`,
    webhookSecret: secret,
    permissions: { ...APP_PERMISSIONS, ...options.permissions },
    events: [...APP_EVENTS, ...(options.events ?? [])],
  });
  github.installApp(app, 'acme', [team]);
  github.protectBranch(team, 'trainyard/exec', { apps: [app] });

  const signing = generateSigningKey();
  await pushProduct(join(directory, 'product'), github.urls.git('trainyard', 'trainyard'), ada);
  const work = await pushTeam(
    join(directory, 'team'),
    github.urls.git('acme', 'flights'),
    ada,
    signing.publicPem,
    options.template,
  );

  const settings = {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKeyPem,
    WEBHOOK_SECRET: secret,
    GITHUB_API_URL: (await options.through?.(github.urls.api)) ?? github.urls.api,
    TRAINYARD_SIGNING_KEY: signing.privatePem,
    TRAINYARD_DATA_DIR: join(directory, 'app'),
    ...options.settings,
  };
  const log = join(directory, 'app.log');
  let process = await startApp(settings, port, log, options.entry);
  return {
    github,
    apiUrl: github.urls.api,
    team: { owner: 'acme', repo: 'flights' },
    ada,
    ben,
    work,
    toolbox,
    app: () => process,
    async crashApp() {
      await process.stop('SIGKILL');
      process = await startApp(settings, port, log, options.entry);
    },
    async close() {
      await process.stop();
      await github.close();
    },
  };
}
