import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubPorts } from '../../../adapters/github/ports.ts';
import type { GitId } from '../../../core/names.ts';
import { OWNER, REPO, shaOf, startWorld, type World } from './world.ts';

const LEDGER = 'refs/trainyard/ledger';
const RUN = '01JD0000000000000000000000';
/** The name of a run that somebody points at the history of a branch. */
const POINTED_AT = '01JD0000000000000000000009';
const where = { owner: OWNER, repo: REPO };
let world: World;
let main: GitId;

beforeAll(async () => {
  world = await startWorld();
  main = await world.commit('main', { 'README.md': 'hello\n' });
});
afterAll(() => world.close());

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (envelope: Uint8Array | undefined): string => Buffer.from(envelope ?? []).toString();

/** The same repository, seen by a process that remembers nothing. */
const afresh = () => githubPorts({ octokit: world.ada, git: world.git, repository: where, self: 'ada' }).ledger;

/** A server that lists refs, and fails at everything else. */
const refusingPacks: typeof fetch = async (address, request) => {
  const asked = Buffer.from(request?.body as Uint8Array).toString();
  return asked.includes('command=fetch') ? new Response('no', { status: 500 }) : fetch(address, request);
};

async function append(ref: string, parent: GitId | null, envelope: string): Promise<GitId> {
  const id = await world.ports.ledger.append(ref, parent, bytes(envelope), 'An entry');
  if (id === 'conflict') throw new Error('expected the entry to be appended, got a conflict');
  return id;
}

describe('the ledger store', () => {
  test('has no head where there is no ref', async () => {
    expect(await world.ports.ledger.head('refs/trainyard/none')).toBeNull();
    expect(await world.ports.ledger.chain('refs/trainyard/none')).toEqual([]);
  });

  test('appends envelopes as a line of commits and reads them back, oldest first', async () => {
    const first = await append(LEDGER, null, '{"entry":0}');
    const second = await append(LEDGER, first, '{"entry":1,"word":"über"}');
    expect(await world.ports.ledger.head(LEDGER)).toMatchObject({ commit: second });
    const chain = await afresh().chain(LEDGER);
    expect(chain.map(({ commit, envelope }) => [commit, text(envelope)])).toEqual([
      [first, '{"entry":0}'],
      [second, '{"entry":1,"word":"über"}'],
    ]);
  });

  test('shows within a turn what whoever had the turn before has written', async () => {
    const ref = 'refs/trainyard/in-turns';
    const one = { octokit: world.ada, git: world.git, repository: where, self: 'ada', freshFor: 60_000 };
    const { ledger, turns } = githubPorts(one);
    expect(await ledger.head(ref)).toBeNull();
    const first = await append(ref, null, 'of another one');
    expect(await ledger.head(ref)).toBeNull();
    expect(await turns.take('show 1', () => ledger.head(ref))).toMatchObject({ commit: first });
  });

  test('refuses to append to a ref that moved meanwhile, or that exists when it must not', async () => {
    const ref = 'refs/trainyard/moved';
    const first = await append(ref, null, '0');
    await append(ref, first, '1');
    expect(await world.ports.ledger.append(ref, first, bytes('other'), 'An entry')).toBe('conflict');
    expect(await world.ports.ledger.append(ref, null, bytes('other'), 'An entry')).toBe('conflict');
    expect(await world.ports.ledger.append('refs/trainyard/absent', first, bytes('1'), 'An entry')).toBe('conflict');
  });

  test('of two that append at once, one wins and the other sees a conflict', async () => {
    const ref = 'refs/trainyard/race';
    const first = await append(ref, null, '0');
    const both = await Promise.all(['a', 'b'].map((entry) => afresh().append(ref, first, bytes(entry), 'An entry')));
    expect(both.filter((result) => result === 'conflict')).toHaveLength(1);
    expect(await afresh().chain(ref)).toHaveLength(2);
  });

  test('an append that is repeated after its answer was lost finds its own commit', async () => {
    const ref = 'refs/trainyard/lost';
    const first = await append(ref, null, '0');
    const second = await append(ref, first, '1');
    const third = await append(ref, second, '2');
    expect(await append(ref, first, '1')).toBe(second);
    expect(await append(ref, second, '2')).toBe(third);
    expect(await append(ref, null, '0')).toBe(first);
  });

  test('a commit without envelope reads as an empty one, which nothing verifies', async () => {
    const ref = 'refs/trainyard/foreign';
    await world.ada.request('POST /repos/{owner}/{repo}/git/refs', { ...where, ref, sha: main });
    expect((await world.ports.ledger.head(ref))?.envelope).toHaveLength(0);
  });

  test('a merge in the line is an error', async () => {
    const ref = 'refs/trainyard/merged';
    const tree = await world.ada.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      ...where,
      tree_sha: main,
    });
    const first = await append('refs/trainyard/one', null, 'x');
    const merge = await world.ada.request('POST /repos/{owner}/{repo}/git/commits', {
      ...where,
      message: 'merge',
      tree: shaOf(tree.data),
      parents: [main, first],
    });
    await world.ada.request('POST /repos/{owner}/{repo}/git/refs', { ...where, ref, sha: shaOf(merge.data) });
    await expect(world.ports.ledger.chain(ref)).rejects.toMatchObject({ code: 'malformed' });
  });

  test('reads a chain that it knows without a request, and only what is new of a longer one', async () => {
    const ref = 'refs/trainyard/known';
    const first = await append(ref, null, '0');
    const second = await append(ref, first, '1');
    await world.ports.ledger.chain(ref);
    world.requests();
    await world.ports.ledger.chain(ref);
    expect(world.requests()).toEqual([]);
    await afresh().append(ref, second, bytes('2'), 'An entry');
    expect(await world.ports.ledger.chain(ref)).toHaveLength(3);
    expect(world.requests()).toEqual([]);
  });

  test('reads what it has never seen without a request, too, and nothing of a history that a ref was pointed at', async () => {
    const asked: string[] = [];
    const octokit = {
      request(route: string, parameters?: Record<string, unknown>) {
        asked.push(route);
        return world.ada.request(route, parameters);
      },
    };
    const { ledger } = githubPorts({ octokit, git: world.git, repository: where, self: 'ada' });
    const ref = 'refs/trainyard/never-seen';
    let last: GitId | null = null;
    for (const entry of ['0', '1', '2']) last = await append(ref, last, entry);
    const history = await world.commit('history', { 'envelope.json': 'root', 'deep/down/file.txt': 'x' }, main);
    await world.ada.request('POST /repos/{owner}/{repo}/git/refs', {
      ...where,
      ref: `refs/trainyard/runs/${POINTED_AT}`,
      sha: history,
    });
    expect((await ledger.chain(ref)).map(({ envelope }) => text(envelope))).toEqual(['0', '1', '2']);
    for (const { commit } of await ledger.runs()) await ledger.envelope(commit);
    expect(text(await ledger.envelope(history))).toBe('root');
    expect(asked).toEqual([]);
  });

  test('asks for one by one what does not come by git', async () => {
    const git = { ...world.git, fetch: refusingPacks };
    const { ledger } = githubPorts({ octokit: world.ada, git, repository: where, self: 'ada' });
    expect(await ledger.chain(LEDGER)).toEqual(await world.ports.ledger.chain(LEDGER));
  });

  test('lists runs by their refs and passes over names that no run has', async () => {
    const commit = await append(`refs/trainyard/runs/${RUN}`, null, 'run');
    await append('refs/trainyard/runs/not-a-run', null, 'x');
    const runs = await world.ports.ledger.runs();
    expect(runs.filter(({ run }) => run !== POINTED_AT)).toEqual([{ run: RUN, commit }]);
  });
});
