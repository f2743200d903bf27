import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitObject, gitObject, treeOfOneFile } from '../../../adapters/git/objects.ts';
import { packet } from '../../../adapters/git/pkt-line.ts';
import { type GitRefs, gitRefs } from '../../../adapters/git/refs.ts';
import type { GitAccess } from '../../../adapters/git/transport.ts';
import { gitAccess } from '../../../adapters/github/git-access.ts';
import type { GitId } from '../../../core/names.ts';
import { OWNER, REPO, startWorld, type World } from '../github/world.ts';

let world: World;
let main: GitId;
let refs: GitRefs;
let reads = 0;

beforeAll(async () => {
  world = await startWorld();
  main = await world.commit('main', { 'README.md': 'hello\n' });
  await world.commit('other', { 'README.md': 'other\n' });
  refs = gitRefs(counting(world.git));
});
afterAll(() => world.close());

function counting(access: GitAccess): GitAccess {
  return {
    ...access,
    fetch: (...parameters) => {
      reads += 1;
      return fetch(...parameters);
    },
  };
}

const by = { name: 'Ada', email: 'ada@example.com', at: new Date(1_790_000_000_000) };
const objects = (text: string, parent: GitId | null = null) => {
  const blob = gitObject('blob', Buffer.from(text));
  const tree = treeOfOneFile('file', blob.id);
  return [blob, tree, commitObject({ tree: tree.id, parent, by, message: text })] as const;
};

/** A server that gives this answer to everything. */
const answering = (status: number, body: string | Buffer): GitAccess => ({
  url: 'http://127.0.0.1:9/a/b.git',
  token: async () => 'a-secret-token',
  now: () => new Date(0),
  fetch: async () => new Response(new Uint8Array(Buffer.from(body)), { status }),
});

describe('refs over git’s own protocol', () => {
  test('tell the default branch and its head', async () => {
    expect(await refs.head()).toEqual({ branch: 'main', id: main });
  });

  test('that are not there are null', async () => {
    expect(await refs.find('refs/heads/none')).toBeNull();
    expect(await refs.find('refs/heads/mai')).toBeNull();
  });

  test('are asked for anew after a push of which no answer came: it may have moved them', async () => {
    const losing: GitAccess = {
      ...world.git,
      async fetch(address, request) {
        const answer = await fetch(address, request);
        if (String(address).endsWith('/git-receive-pack')) throw new TypeError('fetch failed');
        return answer;
      },
    };
    const kept = gitRefs(losing, 60_000);
    const ref = 'refs/heads/lost';
    const made = objects('lost');
    expect(await kept.find(ref)).toBeNull();
    await expect(kept.update(made, [{ ref, from: null, to: made[2].id }])).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await kept.find(ref)).toMatchObject({ id: made[2].id });
  });

  test('move all or none, each only from where it is expected', async () => {
    const [one, two] = [objects('one'), objects('two')];
    const made = [
      { ref: 'refs/trainyard/a', from: null, to: one[2].id },
      { ref: 'refs/trainyard/b', from: null, to: two[2].id },
    ];
    expect(await refs.update([...one, ...two], made)).toBe('updated');
    const next = objects('three', one[2].id);
    const half = [
      { ref: 'refs/trainyard/a', from: one[2].id, to: next[2].id },
      { ref: 'refs/trainyard/b', from: main, to: next[2].id },
    ];
    expect(await refs.update(next, half)).toBe('conflict');
    expect((await refs.list('refs/trainyard/')).map(({ name, id }) => [name, id])).toEqual([
      ['refs/trainyard/a', one[2].id],
      ['refs/trainyard/b', two[2].id],
    ]);
  });

  test('of which one is made by somebody else meanwhile are a conflict', async () => {
    const [mine, theirs] = [objects('mine'), objects('theirs')];
    const make = (commit: GitId) => [{ ref: 'refs/trainyard/once', from: null, to: commit }];
    const both = await Promise.all([
      refs.update(mine, make(mine[2].id)),
      gitRefs(world.git).update(theirs, make(theirs[2].id)),
    ]);
    expect(both.toSorted()).toEqual(['conflict', 'updated']);
  });

  test('that a token may not move are forbidden, and so is a repository that it may not see', async () => {
    const eve = world.github.createUser('eve');
    const git = gitAccess(
      world.github.urls.api,
      { owner: OWNER, repo: REPO },
      { token: async () => eve.token, now: () => new Date() },
    );
    const made = objects('eve');
    const update = [{ ref: 'refs/trainyard/eve', from: null, to: made[2].id }];
    await expect(gitRefs(git).update(made, update)).rejects.toMatchObject({ code: 'forbidden' });
    const wrong = { ...git, token: async () => 'no-such-token' };
    await expect(gitRefs(wrong).head()).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('are asked for once in the time for which they count as fresh, and again after a move', async () => {
    const fresh = gitRefs(counting(world.git), 60_000);
    reads = 0;
    await Promise.all([fresh.head(), fresh.find('refs/trainyard/a'), fresh.list('refs/trainyard/runs/')]);
    await fresh.head();
    expect(reads).toBe(1);
    const made = objects('fresh');
    await fresh.update(made, [{ ref: 'refs/trainyard/fresh', from: null, to: made[2].id }]);
    expect((await fresh.find('refs/trainyard/fresh'))?.id).toBe(made[2].id);
    expect(reads).toBe(3);
  });

  test.each([
    ['is cut off', 200, packet(`${'a'.repeat(40)} refs/heads/main`), 'unavailable'],
    ['is no packet', 200, 'hello', 'malformed'],
    ['names no id', 200, `${packet('main refs/heads/main')}0000`, 'malformed'],
    ['is a failure of the server', 502, 'bad gateway', 'unavailable'],
    ['is a redirect, to which the token is not taken', 301, '', 'not_found'],
    ['asks to wait', 429, '', 'rate_limited'],
  ])('whose answer %s are a PortError, without the token in it', async (_what, status, body, code) => {
    const error: unknown = await gitRefs(answering(status, body))
      .head()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('a-secret-token');
  });

  test('take nothing that was not asked for', async () => {
    const body = `${packet(`${'a'.repeat(40)} refs/heads/main`)}${packet(`${'b'.repeat(40)} refs/trainyard/ledger`)}0000`;
    expect((await gitRefs(answering(200, body)).list('refs/tags/')).map(({ name }) => name)).toEqual([]);
  });

  test('beyond the limit of an answer are too large', async () => {
    await expect(gitRefs(answering(200, 'x'.repeat(2000))).list('refs/pull/', 1000)).rejects.toMatchObject({
      code: 'too_large',
    });
  });
});

describe('the address of a repository for git', () => {
  test.each([
    ['https://api.github.com', 'https://github.com/flights/delay.git'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com/flights/delay.git'],
    ['https://github.example.com/api/v3', 'https://github.example.com/flights/delay.git'],
    ['https://api.example.com/api/v3', 'https://api.example.com/flights/delay.git'],
    ['http://127.0.0.1:3000/api/v3', 'http://127.0.0.1:3000/flights/delay.git'],
  ])('beside the API at %s is %s', (api, url) => {
    const now = () => new Date(0);
    expect(gitAccess(api, { owner: OWNER, repo: REPO }, { token: async () => '', now }).url).toBe(url);
  });
});
