import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Account } from './accounts/account.ts';
import type { App, Installation, Permissions } from './apps/app.ts';
import { createUserToken } from './auth/tokens.ts';
import type { Repository, Role } from './repositories/repository.ts';
import { createStorage } from './repositories/storage.ts';
import type { Tables } from './tables.ts';

/** What an administrator sets up without HTTP: accounts, repositories, Apps. Only what touches git is asynchronous. */
export interface Administration {
  createUser(login: string, options?: { name?: string }): Account & { readonly token: string };
  createOrganization(login: string): Account;
  /** Gives an account another login; the old one is free from then on. @throws Error if it owns repositories. */
  renameUser(login: string, to: string): Account;
  /** @param state `pending`: invited, and not a member before they accept. */
  addTeamMember(organization: string, team: string, login: string, state?: 'active' | 'pending'): void;
  createRepository(options: {
    owner: string;
    name: string;
    private?: boolean;
    description?: string;
  }): Promise<Repository>;
  /** @throws Error if there is no such repository. */
  repository(owner: string, name: string): Repository;
  /** Creates a fork of `source` under another account. */
  forkRepository(source: Repository, owner: string, name?: string): Promise<Repository>;
  /** @param customRole the name of a custom role of the organization, which builds on `role`. */
  addCollaborator(repository: Repository, login: string, role: Role, customRole?: string): void;
  createApp(options: NewApp): App & { readonly privateKeyPem: string };
  setWebhookUrl(appId: number, url: string | null): void;
  /** @param repositories the repositories that the App gets; all of the account's without it. */
  installApp(app: App, account: string, repositories?: readonly Repository[]): Installation;
  createEnvironment(repository: Repository, name: string, options?: NewEnvironment): void;
  /** From now on only these Apps may create, move or delete the branch. */
  protectBranch(repository: Repository, branch: string, options: { apps: readonly App[] }): void;
  setSecret(repository: Repository, name: string, value: string, environment?: string): void;
  setVariable(repository: Repository, name: string, value: string, environment?: string): void;
}

export interface NewApp {
  readonly slug: string;
  readonly name?: string;
  /** The login of the account that owns the App. */
  readonly owner: string;
  readonly webhookUrl: string | null;
  readonly webhookSecret: string;
  readonly permissions: Permissions;
  readonly events: readonly string[];
}

export interface NewEnvironment {
  /** Only runs on these branches may use it; `null` or absent: all. */
  readonly branches?: readonly string[] | null;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

interface Parts {
  readonly dataDir: string;
  readonly tables: Tables;
  timestamp(): string;
}

function accountNamed(tables: Tables, login: string): Account {
  const account = tables.accounts.find({ login });
  if (account === undefined) throw new Error(`expected an account named ${login}, found none; create it first`);
  return account;
}

function repositoryNamed(tables: Tables, owner: string, name: string): Repository {
  const repository = tables.repositories.find({ owner, name });
  if (repository === undefined) throw new Error(`expected a repository ${owner}/${name}, found none; create it first`);
  return repository;
}

/** The built-in App whose installation tokens are the jobs' `GITHUB_TOKEN`s. It has no key: nobody signs in as it. */
export function ensureActionsApp(parts: Parts): App {
  const known = parts.tables.apps.find({ slug: 'github-actions' });
  if (known !== undefined) return known;
  const createdAt = parts.timestamp();
  const accounts = parts.tables.accounts;
  const owner = accounts.insert({ login: 'github', type: 'Organization', name: 'GitHub', createdAt });
  // The ids that the bot and its App have on github.com.
  const bot = accounts.insert({ id: 41_898_282, login: 'github-actions[bot]', type: 'Bot', name: null, createdAt });
  const app = parts.tables.apps.insert({
    id: 15_368,
    slug: 'github-actions',
    name: 'GitHub Actions',
    clientId: 'Iv1.githubactions',
    ownerId: owner.id,
    botId: bot.id,
    webhookUrl: null,
    webhookSecret: '',
    publicKeyPem: '',
    permissions: {},
    events: [],
    createdAt,
  });
  return app;
}

function createApp(parts: Parts, options: NewApp): App & { privateKeyPem: string } {
  const { tables } = parts;
  const createdAt = parts.timestamp();
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bot = tables.accounts.insert({ login: `${options.slug}[bot]`, type: 'Bot', name: null, createdAt });
  const app = tables.apps.insert({
    slug: options.slug,
    name: options.name ?? options.slug,
    clientId: `Iv23li${randomBytes(7).toString('hex')}`,
    ownerId: accountNamed(tables, options.owner).id,
    botId: bot.id,
    webhookUrl: options.webhookUrl,
    webhookSecret: options.webhookSecret,
    publicKeyPem: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    permissions: { metadata: 'read', ...options.permissions },
    events: [...options.events],
    createdAt,
  });
  // PKCS#1, as the file that GitHub lets one download.
  return { ...app, privateKeyPem: keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString() };
}

async function addRepository(
  parts: Parts,
  options: { owner: string; name: string; private: boolean; description: string | null },
  source?: Repository,
): Promise<Repository> {
  const owner = accountNamed(parts.tables, options.owner);
  const now = parts.timestamp();
  const repository = parts.tables.repositories.insert({
    ownerId: owner.id,
    owner: owner.login,
    name: options.name,
    private: options.private,
    defaultBranch: source?.defaultBranch ?? 'main',
    description: options.description,
    parentId: source?.id ?? null,
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
  });
  await createStorage(parts.dataDir, repository, source);
  return repository;
}

function putSetting(
  parts: Parts,
  kind: 'secret' | 'variable',
  repository: Repository,
  name: string,
  value: string,
  environment: string | undefined,
): void {
  const { settings, environments } = parts.tables;
  const found =
    environment === undefined ? null : environments.find({ repositoryId: repository.id, name: environment });
  if (found === undefined) throw new Error(`expected an environment ${environment}, found none; create it first`);
  const key = { repositoryId: repository.id, environmentId: found?.id ?? null, kind, name };
  const known = settings.find(key);
  if (known === undefined) settings.insert({ ...key, value });
  else settings.update(known.id, { value });
}

function createEnvironment(parts: Parts, repository: Repository, name: string, options: NewEnvironment): void {
  const { environments } = parts.tables;
  const branches = options.branches === undefined || options.branches === null ? null : [...options.branches];
  environments.insert({ repositoryId: repository.id, name, branches, createdAt: parts.timestamp() });
  for (const [key, value] of Object.entries(options.secrets ?? {}))
    putSetting(parts, 'secret', repository, key, value, name);
  for (const [key, value] of Object.entries(options.variables ?? {}))
    putSetting(parts, 'variable', repository, key, value, name);
}

/** Builds the administration functions over the server's state. */
export function createAdministration(parts: Parts): Administration {
  const { tables } = parts;
  return {
    createUser(login, options = {}) {
      const account = tables.accounts.insert({
        login,
        type: 'User',
        name: options.name ?? null,
        createdAt: parts.timestamp(),
      });
      return { ...account, token: createUserToken(tables, account.id) };
    },
    createOrganization: (login) =>
      tables.accounts.insert({ login, type: 'Organization', name: null, createdAt: parts.timestamp() }),
    renameUser(login, to) {
      const account = accountNamed(tables, login);
      if (tables.repositories.find({ ownerId: account.id }) !== undefined) {
        throw new Error(`expected ${login} to own no repository: the local GitHub does not rename their owners`);
      }
      return tables.accounts.update(account.id, { login: to });
    },
    addTeamMember(organization, team, login, state = 'active') {
      const organizationId = accountNamed(tables, organization).id;
      const key = { organizationId, slug: team, accountId: accountNamed(tables, login).id };
      const known = tables.teamMembers.find(key);
      if (known === undefined) tables.teamMembers.insert({ ...key, state });
      else tables.teamMembers.update(known.id, { state });
    },
    createRepository: (options) =>
      addRepository(parts, { ...options, private: options.private ?? false, description: options.description ?? null }),
    repository: (owner, name) => repositoryNamed(tables, owner, name),
    forkRepository: (source, owner, name = source.name) =>
      addRepository(parts, { owner, name, private: source.private, description: source.description }, source),
    addCollaborator(repository, login, role, customRole) {
      const key = { repositoryId: repository.id, accountId: accountNamed(tables, login).id };
      const known = tables.collaborators.find(key);
      const granted = { role, customRole: customRole ?? null };
      if (known === undefined) tables.collaborators.insert({ ...key, ...granted });
      else tables.collaborators.update(known.id, granted);
    },
    createApp: (options) => createApp(parts, options),
    setWebhookUrl: (appId, webhookUrl) => void tables.apps.update(appId, { webhookUrl }),
    installApp: (app, account, repositories) =>
      tables.installations.insert({
        appId: app.id,
        accountId: accountNamed(tables, account).id,
        repositoryIds: repositories?.map((repository) => repository.id) ?? null,
        createdAt: parts.timestamp(),
      }),
    createEnvironment: (repository, name, options = {}) => createEnvironment(parts, repository, name, options),
    protectBranch(repository, branch, options) {
      const key = { repositoryId: repository.id, branch };
      const appIds = options.apps.map((app) => app.id);
      const known = tables.protectedBranches.find(key);
      if (known === undefined) tables.protectedBranches.insert({ ...key, appIds });
      else tables.protectedBranches.update(known.id, { appIds });
    },
    setSecret: (repository, name, value, environment) =>
      putSetting(parts, 'secret', repository, name, value, environment),
    setVariable: (repository, name, value, environment) =>
      putSetting(parts, 'variable', repository, name, value, environment),
  };
}
