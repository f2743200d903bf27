import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { linesOf, readBoolean, type StandIn, type StandInStep } from '../stand-in.ts';

/** Stands for actions/checkout: a real `git fetch` over HTTP with the job's token, so that its permissions decide. */
export const checkout: StandIn = {
  name: 'actions/checkout',
  inputs: {
    repository: '',
    ref: '',
    token: '',
    'persist-credentials': 'true',
    path: '',
    clean: 'true',
    filter: '',
    'sparse-checkout': '',
    'sparse-checkout-cone-mode': 'true',
    'fetch-depth': '1',
    'fetch-tags': 'false',
    'show-progress': 'true',
    lfs: 'false',
    submodules: 'false',
    'set-safe-directory': 'true',
  },
  run,
};

async function run(step: StandInStep): Promise<void> {
  refuseUnsupported(step);
  const repository = step.inputs['repository'] || step.github.repository;
  const own = repository.toLowerCase() === step.github.repository.toLowerCase();
  const directory = resolve(step.workspace, step.inputs['path'] ?? '');
  if (directory !== step.workspace && !directory.startsWith(step.workspace + sep)) {
    throw new Error(`Repository path '${directory}' is not under '${step.workspace}'`);
  }
  const ref = step.inputs['ref'] || (own ? step.github.sha : '');
  const remote = `${step.urls.git}/${repository}`;
  const token = step.inputs['token'] || step.credentials.token;
  step.mask(token);
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  step.mask(header.slice('AUTHORIZATION: basic '.length));
  step.log(`Syncing repository: ${repository}`);
  await prepare(directory, step);
  const git = gitIn(step, directory, {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: headerKey(step),
    GIT_CONFIG_VALUE_0: header,
  });
  await git('init', '--quiet', '--initial-branch=main', '.');
  await git('remote', 'add', 'origin', remote);
  const commit = await fetchRef(step, git, ref, own);
  await sparse(step, git);
  await checkOut(git, commit, ref, own ? step.github : undefined);
  const { stdout } = await git('rev-parse', 'HEAD');
  step.output('commit', stdout.trim());
  step.output('ref', step.inputs['ref'] || (own ? step.github.ref : ''));
  if (readBoolean(step, 'persist-credentials')) await persist(step, git, header);
}

type Git = (...args: string[]) => Promise<{ code: number; stdout: string }>;

function refuseUnsupported(step: StandInStep): void {
  for (const name of ['lfs', 'submodules', 'filter']) {
    const value = step.inputs[name];
    if (value !== '' && value !== 'false')
      throw new Error(`the local GitHub's actions/checkout does not do \`${name}: ${value}\``);
  }
}

function gitIn(step: StandInStep, directory: string, env: Record<string, string>): Git {
  return async (...args) => {
    const result = await step.execute('git', args, {
      cwd: directory,
      env: { GIT_TERMINAL_PROMPT: '0', ...env },
      output: 'failure',
    });
    if (result.code !== 0) throw new Error(`The process 'git ${args[0]}' failed with exit code ${result.code}`);
    return result;
  };
}

function headerKey(step: StandInStep): string {
  return `http.${step.urls.git}/.extraheader`;
}

async function prepare(directory: string, step: StandInStep): Promise<void> {
  await mkdir(directory, { recursive: true });
  const isRepository = existsSync(join(directory, '.git'));
  // Like the action: an earlier checkout is replaced, and so is whatever lies in the way of a new one.
  if (isRepository || readBoolean(step, 'clean')) {
    for (const name of readdirSync(directory)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** Fetches what `ref` names. @returns the commit id. */
async function fetchRef(step: StandInStep, git: Git, ref: string, own: boolean): Promise<string> {
  const depth = step.inputs['fetch-depth'] ?? '1';
  if (!/^\d+$/.test(depth)) throw new Error(`fetch-depth: expected a number, got \`${depth}\``);
  const shallow = depth === '0' ? [] : [`--depth=${depth}`];
  const wanted = /^[0-9a-f]{40}$/.test(ref) ? ref : await resolveRemote(git, ref);
  const everything = depth === '0' ? ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'] : [];
  const tags = step.inputs['fetch-tags'] === 'true' ? ['+refs/tags/*:refs/tags/*'] : [];
  // With all branches fetched, a second source for one of them would be refused.
  const named = own && ref === step.github.sha && everything.length === 0;
  const target = named ? [`+${ref}:${remoteName(step.github.ref)}`] : [wanted];
  await git(
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-recurse-submodules',
    ...shallow,
    'origin',
    ...new Set([...everything, ...tags, ...target]),
  );
  return wanted;
}

/** Where a fetched ref of the run is put, as the action does. */
function remoteName(ref: string): string {
  if (ref.startsWith('refs/heads/')) return `refs/remotes/origin/${ref.slice('refs/heads/'.length)}`;
  if (ref.startsWith('refs/pull/')) return `refs/remotes/pull/${ref.slice('refs/pull/'.length)}`;
  return ref.startsWith('refs/') ? ref : `refs/remotes/origin/${ref}`;
}

async function resolveRemote(git: Git, ref: string): Promise<string> {
  const { stdout } = await git('ls-remote', 'origin');
  const refs = new Map(
    stdout
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([id = '', name = '']) => [name, id]),
  );
  const names =
    ref === '' ? ['HEAD'] : [ref, `refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`, `${ref}^{}`];
  const full = ref.startsWith('refs/') ? [`${ref}^{}`, ref] : names;
  for (const name of full) {
    const id = refs.get(name);
    if (id !== undefined) return id;
  }
  throw new Error(`A branch or tag with the name '${ref}' could not be found`);
}

async function sparse(step: StandInStep, git: Git): Promise<void> {
  const patterns = linesOf(step.inputs['sparse-checkout'] ?? '');
  if (patterns.length === 0) return;
  const cone = readBoolean(step, 'sparse-checkout-cone-mode') ? '--cone' : '--no-cone';
  await git('sparse-checkout', 'set', cone, ...patterns);
}

async function checkOut(
  git: Git,
  commit: string,
  ref: string,
  run: { sha: string; ref: string } | undefined,
): Promise<void> {
  const full = run !== undefined && ref === run.sha ? run.ref : `refs/heads/${ref}`;
  const isBranch = full.startsWith('refs/heads/') && !/^[0-9a-f]{40}$/.test(full.slice('refs/heads/'.length));
  if (isBranch) await git('checkout', '--quiet', '--force', '-B', full.slice('refs/heads/'.length) || 'main', commit);
  else await git('checkout', '--quiet', '--force', '--detach', commit);
}

/** Leaves the token to later steps, and takes it away when the job ends. */
async function persist(step: StandInStep, git: Git, header: string): Promise<void> {
  const key = headerKey(step);
  await git('config', '--local', key, header);
  step.afterwards(async () => {
    await git('config', '--local', '--unset-all', key);
  });
}
