import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitFiles, failure, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

describe('refs', () => {
  test('a ref outside branches and tags is created, read, moved and deleted', async () => {
    const { octokit } = world.app;
    const ref = 'trainyard/runs/01ABC';
    const next = await commitFiles(world.ada.octokit, world.repository, 'refs-a', { 'a.txt': 'a' });
    await octokit.rest.git.createRef({ ...world.at, ref: `refs/${ref}`, sha: world.main });
    await octokit.rest.git.updateRef({ ...world.at, ref, sha: next });
    const { data } = await octokit.rest.git.getRef({ ...world.at, ref });
    expect(data.object).toMatchObject({ sha: next, type: 'commit' });
    await octokit.rest.git.deleteRef({ ...world.at, ref });
    expect((await failure(octokit.rest.git.getRef({ ...world.at, ref }))).status).toBe(404);
  });

  test('a ref outside branches and tags causes no webhook', async () => {
    await world.github.settled();
    const before = world.receiver.received.length;
    await world.app.octokit.rest.git.createRef({ ...world.at, ref: 'refs/trainyard/quiet', sha: world.main });
    await world.github.settled();
    expect(world.receiver.received.length).toBe(before);
  });

  test('a move that is no fast-forward is refused unless forced', async () => {
    const { octokit } = world.ada;
    const a = await commitFiles(octokit, world.repository, 'ff-a', { 'x.txt': '1' });
    const b = await commitFiles(octokit, world.repository, 'ff-b', { 'x.txt': '2' });
    const refused = await failure(octokit.rest.git.updateRef({ ...world.at, ref: 'heads/ff-a', sha: b }));
    expect(refused).toMatchObject({ status: 422, message: expect.stringContaining('Update is not a fast forward') });
    expect((await octokit.rest.git.getRef({ ...world.at, ref: 'heads/ff-a' })).data.object.sha).toBe(a);
    await octokit.rest.git.updateRef({ ...world.at, ref: 'heads/ff-a', sha: b, force: true });
    expect((await octokit.rest.git.getRef({ ...world.at, ref: 'heads/ff-a' })).data.object.sha).toBe(b);
  });

  test.each([
    ['an existing name', 'refs/heads/main', 'main', 'Reference already exists'],
    ['an unknown object', 'refs/heads/new', '0123456789012345678901234567890123456789', 'Object does not exist'],
    ['a name outside refs/', 'heads/new', 'main', 'must start with'],
    ['a name that git refuses', 'refs/heads/a..b', 'main', 'must start with'],
    ['a pull request ref', 'refs/pull/9/head', 'main', 'read-only'],
  ])('creating a ref with %s is refused', async (_, ref, sha, message) => {
    const target = sha === 'main' ? world.main : sha;
    const refused = await failure(world.ada.octokit.rest.git.createRef({ ...world.at, ref, sha: target }));
    expect(refused).toMatchObject({ status: 422, message: expect.stringContaining(message) });
  });

  test('two writers who read the same ref cannot both move it', async () => {
    const { octokit } = world.app;
    const tree = (await octokit.rest.git.getCommit({ ...world.at, commit_sha: world.main })).data.tree.sha;
    await octokit.rest.git.createRef({ ...world.at, ref: 'refs/trainyard/race', sha: world.main });
    const children = await Promise.all(
      ['one', 'two', 'three'].map(async (message) => {
        const commit = await octokit.rest.git.createCommit({ ...world.at, message, tree, parents: [world.main] });
        return commit.data.sha;
      }),
    );
    const moves = await Promise.all(
      children.map((sha) => failure(octokit.rest.git.updateRef({ ...world.at, ref: 'trainyard/race', sha }))),
    );
    expect(moves.map((move) => move.status).sort()).toEqual([0, 422, 422]);
  });

  test('refs are listed by prefix', async () => {
    await world.ada.octokit.rest.git.createRef({ ...world.at, ref: 'refs/tags/list-1', sha: world.main });
    await world.ada.octokit.rest.git.createRef({ ...world.at, ref: 'refs/tags/list-2', sha: world.main });
    const { data } = await world.ada.octokit.rest.git.listMatchingRefs({ ...world.at, ref: 'tags/list-' });
    expect(data.map((one) => one.ref)).toEqual(['refs/tags/list-1', 'refs/tags/list-2']);
  });

  test('a protected branch is moved by its App only', async () => {
    world.github.protectBranch(world.repository, 'trainyard/exec', { apps: [world.app] });
    const ref = 'refs/heads/trainyard/exec';
    const refused = await failure(world.ada.octokit.rest.git.createRef({ ...world.at, ref, sha: world.main }));
    expect(refused.status).toBe(422);
    await world.app.octokit.rest.git.createRef({ ...world.at, ref, sha: world.main });
    const { data } = await world.ada.octokit.rest.repos.getBranch({ ...world.at, branch: 'trainyard/exec' });
    expect(data.protected).toBe(true);
  });
});

describe('objects', () => {
  test('a blob comes back byte for byte', async () => {
    const bytes = Buffer.from([0, 1, 2, 255, 254, 10, 13]);
    const { data } = await world.ada.octokit.rest.git.createBlob({
      ...world.at,
      content: bytes.toString('base64'),
      encoding: 'base64',
    });
    const read = await world.ada.octokit.rest.git.getBlob({ ...world.at, file_sha: data.sha });
    expect(Buffer.from(read.data.content, 'base64')).toEqual(bytes);
  });

  test('a tree is changed below folders and loses a folder that becomes empty', async () => {
    const { octokit } = world.ada;
    const sha = await commitFiles(octokit, world.repository, 'trees', {
      'a/b/c.txt': 'c',
      'a/d.txt': 'd',
      'e.txt': 'e',
    });
    const changed = await octokit.rest.git.createTree({
      ...world.at,
      base_tree: sha,
      tree: [
        { path: 'a/b/c.txt', mode: '100644', type: 'blob', sha: null },
        { path: 'a/f.txt', mode: '100644', type: 'blob', content: 'f' },
      ],
    });
    const { data } = await octokit.rest.git.getTree({ ...world.at, tree_sha: changed.data.sha, recursive: '1' });
    expect(data.tree.map((entry) => entry.path)).toEqual(['README.md', 'a', 'a/d.txt', 'a/f.txt', 'e.txt']);
    expect(data.truncated).toBe(false);
  });

  test.each(['../evil', 'a/../b', '.git/config', 'a//b', './x'])('a tree with the path %s is refused', async (path) => {
    const refused = await failure(
      world.ada.octokit.rest.git.createTree({ ...world.at, tree: [{ path, mode: '100644', content: 'x' }] }),
    );
    expect(refused.status).toBe(422);
  });

  test('an annotated tag names its commit and tagger', async () => {
    const { octokit } = world.app;
    const { data } = await octokit.rest.git.createTag({
      ...world.at,
      tag: 'model@v1.0.0',
      message: 'first',
      object: world.main,
      type: 'commit',
    });
    await octokit.rest.git.createRef({ ...world.at, ref: 'refs/tags/model@v1.0.0', sha: data.sha });
    const ref = await octokit.rest.git.getRef({ ...world.at, ref: 'tags/model@v1.0.0' });
    const tag = await octokit.rest.git.getTag({ ...world.at, tag_sha: ref.data.object.sha });
    expect(tag.data).toMatchObject({ tag: 'model@v1.0.0', message: 'first', object: { sha: world.main } });
    expect(tag.data.tagger.name).toBe('trainyard[bot]');
  });

  test('tags of the GTO grammar are accepted', async () => {
    const { octokit } = world.app;
    await octokit.rest.git.createRef({ ...world.at, ref: 'refs/tags/flight-delay#production#4', sha: world.main });
    const { data } = await octokit.rest.git.getRef({ ...world.at, ref: 'tags/flight-delay#production#4' });
    expect(data.object.sha).toBe(world.main);
  });

  test('a commit keeps its signature', async () => {
    const { octokit } = world.ada;
    const tree = (await octokit.rest.git.getCommit({ ...world.at, commit_sha: world.main })).data.tree.sha;
    const signature = '-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----';
    const { data } = await octokit.rest.git.createCommit({
      ...world.at,
      message: 'signed',
      tree,
      parents: [],
      signature,
    });
    expect(data.verification).toMatchObject({ verified: false, signature });
  });

  test('an author cannot smuggle header lines into a commit', async () => {
    const { octokit } = world.ada;
    const tree = (await octokit.rest.git.getCommit({ ...world.at, commit_sha: world.main })).data.tree.sha;
    const author = { name: `Eve\nparent ${world.main}`, email: 'e@example.com>\nx' };
    const { data } = await octokit.rest.git.createCommit({ ...world.at, message: 'm', tree, parents: [], author });
    expect(data.parents).toEqual([]);
    expect(data.author.name).not.toContain('\n');
  });
});
