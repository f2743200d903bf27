import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { GitAccess } from '../../adapters/git/transport.ts';
import { gitAccess } from '../../adapters/github/git-access.ts';
import { githubPorts } from '../../adapters/github/ports.ts';
import type { VerifiedRecord } from '../../core/ledger/envelope.ts';
import type { ModelName } from '../../core/names.ts';
import { type Ledger, loadLedger, loadRuns } from '../../flows/ledger.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { reactionsOn, type SeenCheck, stickyComment, untilCheck } from '../../scripts/demo/observe.ts';
import { comment, type Person, person } from '../../scripts/demo/people.ts';
import { EXAMPLE } from '../../scripts/demo/repositories.ts';
import { until } from '../../scripts/demo/wait.ts';
import { createWorld, type World, type WorldOptions } from '../../scripts/demo/world.ts';
import { CACHE } from '../../scripts/python-environment.ts';
import { freshDatabase } from '../app/database/fresh-database.ts';
import { call } from '../cli/world.ts';
import { recordingJudge } from '../conformance/recording-judge.ts';
import { TEAM } from './team.ts';

/** Null deletes a file. */
export type Changes = Readonly<Record<string, string | Uint8Array | null>>;
type Template = Readonly<Record<string, string | Uint8Array>>;

export interface Proposed {
  readonly number: number;
  readonly branch: string;
  readonly head: string;
}

/** A local GitHub, the App and a small team's repository, whose runs take seconds. */
export interface TeamWorld {
  readonly world: World;
  /** Where the App writes its log. */
  readonly log: string;
  /** May read the repository and no more. */
  readonly carol: Person;
  /** Commits files on a branch, made from `from` if there is none, through the API. */
  commit(branch: string, files: Changes, options?: { by?: Person; from?: string }): Promise<string>;
  /** A pull request into main with these files changed, once the App has seen it. */
  propose(branch: string, files: Changes, options?: { by?: Person; from?: string }): Promise<Proposed>;
  say(number: number, body: string, by?: Person): Promise<number>;
  /** Waits until the App has answered a command; whether it did what was asked. */
  answer(commentId: number, seconds?: number): Promise<'done' | 'refused'>;
  check(sha: string, name: string, wanted: (check: SeenCheck) => boolean, seconds?: number): Promise<SeenCheck>;
  /** The App's one comment, once it says this, without the marks of Markdown. */
  comment(number: number, says: RegExp, seconds?: number): Promise<string>;
  ledger(): Promise<Ledger>;
  /** Reasons that the App has given so far, of the closed set. */
  reasons(): ReadonlySet<string>;
  /** Records of a model's runs, signatures verified, newest first. */
  runs(filter?: { pull?: number; model?: string }): Promise<readonly VerifiedRecord[]>;
  /** Calls `trainyard` as Ada, in this process; its output. @throws unless it ends with this code */
  trainyard(args: readonly string[], code?: number): Promise<string>;
  /** @throws when something that was sent breaks GitHub's description */
  assertConforms(): void;
  close(): Promise<void>;
}

/** What a person reads: escapes and the characters that keep GitHub from linking taken away. */
export function plain(markdown: string): string {
  return markdown
    .replaceAll('\u2060', '')
    .replaceAll(/\\([^\w\s])/g, '$1')
    .replaceAll(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
/** What a comment comes to where not all of it was done. */
const REFUSED: ReadonlySet<string> = new Set(['refused', 'frozen', 'run_failed']);
const Handled = z.object({ outcome: z.object({ code: z.string(), comment: z.int() }) });
const Reasoned = z.object({ outcome: z.object({ reason: z.string() }) });

/** The code of a comment's outcome, once the App has logged it: by then everything that it asks for is under way. */
function outcomeOf(log: string, comment: number): string | undefined {
  for (const line of log.split('\n')) {
    if (!line.includes(`"comment":${comment}`)) continue;
    const handled = Handled.safeParse(JSON.parse(line));
    if (handled.success && handled.data.outcome.comment === comment) return handled.data.outcome.code;
  }
  return undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

function layTemplate(directory: string, files: Template): void {
  cpSync(join(EXAMPLE, '.github/workflows'), join(directory, '.github/workflows'), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

export async function openTeamWorld(
  name: string,
  options: { readonly files?: Template } & Omit<WorldOptions, 'directory' | 'template'> = {},
): Promise<TeamWorld> {
  const { files = TEAM, observe, settings, ...rest } = options;
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, `${name}-`));
  layTemplate(join(directory, 'template'), files);
  const judge = recordingJudge();
  const world = await createWorld({
    ...rest,
    directory,
    template: join(directory, 'template'),
    settings: { DATABASE_URL: await freshDatabase(), ...settings },
    observe: (exchange) => {
      judge.observe(exchange);
      observe?.(exchange);
    },
    observeDelivery: judge.observeDelivery,
  });
  const repository = world.github.repository(world.team.owner, world.team.repo);
  const carol = person(world, world.github.createUser('carol', { name: 'Carol' }));
  world.github.addCollaborator(repository, 'carol', 'read');
  const ports = githubPorts({
    octokit: world.ada.octokit,
    git: gitOf(world),
    repository: world.team,
    self: 'trainyard[bot]',
  });

  const team: TeamWorld = {
    world,
    log: join(directory, 'app.log'),
    carol,
    commit: (branch, changes, { by = world.ada, from = 'main' } = {}) =>
      commitFiles(world, by, { branch, changes, from }),
    async propose(branch, changes, how = {}) {
      const head = await team.commit(branch, changes, how);
      const { data } = await (how.by ?? world.ada).octokit.rest.pulls.create({
        ...world.team,
        head: branch,
        base: 'main',
        title: branch,
      });
      // A command binds to a head that the App has seen, and a comment's delivery may be faster than the opening's.
      await team.check(head, 'trainyard / plan', () => true);
      return { number: data.number, branch, head };
    },
    say: (number, body, by = world.ada) => comment(world, by, number, body),
    answer: (commentId, seconds = 60) =>
      until(`an answer to comment ${commentId}`, seconds, async () => {
        const outcome = outcomeOf(readFileSync(team.log, 'utf8'), commentId);
        if (outcome === undefined) return undefined;
        const reactions = await reactionsOn(world, commentId);
        if (reactions.length !== 1) throw new Error(`comment ${commentId} has the reactions ${reactions.join(', ')}`);
        return REFUSED.has(outcome) || reactions[0] === 'confused' ? ('refused' as const) : ('done' as const);
      }),
    check: (sha, checkName, wanted, seconds = 90) => untilCheck(world, sha, checkName, wanted, seconds),
    comment: (number, says, seconds = 30) =>
      until(
        `the comment on #${number} says ${says}`,
        seconds,
        async () => {
          const body = plain((await stickyComment(world, number)) ?? '');
          return says.test(body) ? body : undefined;
        },
        async () => (await stickyComment(world, number)) ?? 'there is no comment',
      ),
    ledger: async () => loadLedger(ports, await takePolicySnapshot(ports)),
    reasons() {
      const lines = readFileSync(team.log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"reason":'));
      const told = lines.map((line) => Reasoned.safeParse(JSON.parse(line)));
      return new Set(told.flatMap(({ data }) => (data === undefined ? [] : [data.outcome.reason])));
    },
    async runs({ pull, model } = {}) {
      const all = await loadRuns(ports, await takePolicySnapshot(ports));
      return all.filter(
        ({ record }) =>
          (model === undefined || record.model === (model as ModelName)) &&
          (pull === undefined || (record.origin.kind === 'pull_request' && record.origin.number === pull)),
      );
    },
    async trainyard(args, code = 0) {
      const variables = {
        GITHUB_TOKEN: world.ada.token,
        GITHUB_API_URL: world.apiUrl,
        GITHUB_REPOSITORY: `${world.team.owner}/${world.team.repo}`,
      };
      const said = await call(args, { variables, slept: () => wait(200) });
      if (said.code !== code)
        throw new Error(`trainyard ${args.join(' ')} ended with ${said.code}, not ${code}\n${said.out}${said.err}`);
      return said.out;
    },
    assertConforms: () => judge.assertClean(),
    async close() {
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return team;
}

/** The team's repository over git's own protocol, as Ada. */
export function gitOf({ apiUrl, team, ada }: World): GitAccess {
  return gitAccess(apiUrl, team, { token: async () => ada.token, now: () => new Date() });
}

async function commitFiles(
  world: World,
  by: Person,
  { branch, changes, from }: { branch: string; changes: Changes; from: string },
): Promise<string> {
  const { git } = by.octokit.rest;
  const heads = await git.listMatchingRefs({ ...world.team, ref: `heads/${branch}` });
  const known = heads.data.find(({ ref }) => ref === `refs/heads/${branch}`)?.object.sha;
  const parent = known ?? (await git.getRef({ ...world.team, ref: `heads/${from}` })).data.object.sha;
  const tree = [];
  for (const [path, content] of Object.entries(changes)) {
    const entry = { path, mode: '100644', type: 'blob' } as const;
    if (content instanceof Uint8Array) {
      const bytes = { content: Buffer.from(content).toString('base64'), encoding: 'base64' };
      tree.push({ ...entry, sha: (await git.createBlob({ ...world.team, ...bytes })).data.sha });
    } else tree.push(content === null ? { ...entry, sha: null } : { ...entry, content });
  }
  const made = await git.createTree({ ...world.team, base_tree: parent, tree });
  const commit = await git.createCommit({
    ...world.team,
    message: `Change ${Object.keys(changes).join(', ')}`,
    tree: made.data.sha,
    parents: [parent],
  });
  const { sha } = commit.data;
  if (known === undefined) await git.createRef({ ...world.team, ref: `refs/heads/${branch}`, sha });
  else await git.updateRef({ ...world.team, ref: `heads/${branch}`, sha });
  return sha;
}
