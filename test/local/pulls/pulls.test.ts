import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clone, commitFiles, failure, startWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

async function openPull(branch: string, files: Record<string, string>, more: { draft?: boolean; body?: string } = {}) {
  await commitFiles(world.ada.octokit, world.repository, branch, files);
  const { data } = await world.ada.octokit.rest.pulls.create({
    ...world.at,
    title: `Change ${branch}`,
    head: branch,
    base: 'main',
    ...more,
  });
  return data;
}

const refSha = async (ref: string): Promise<string | undefined> => world.github.git(world.repository).ref(ref);

describe('opening', () => {
  test('a pull request has a head, a merge preview and its size', async () => {
    const pull = await openPull('open-a', { 'open-a.txt': 'one\ntwo\n' }, { body: 'why' });
    expect(pull).toMatchObject({
      state: 'open',
      mergeable: true,
      mergeable_state: 'clean',
      commits: 1,
      additions: 2,
      deletions: 0,
      changed_files: 1,
      body: 'why',
    });
    expect(await refSha(`refs/pull/${pull.number}/head`)).toBe(pull.head.sha);
    expect(await refSha(`refs/pull/${pull.number}/merge`)).toBe(pull.merge_commit_sha);
    const preview = await world.github.git(world.repository).commit(pull.merge_commit_sha ?? '');
    expect(preview?.parents).toEqual([pull.base.sha, pull.head.sha]);
  });

  test('the App hears of it', async () => {
    const pull = await openPull('open-b', { 'open-b.txt': 'b' });
    await world.github.settled();
    expect(world.receiver.events('pull_request', 'opened').at(-1)?.payload).toMatchObject({
      number: pull.number,
      sender: { login: 'ada' },
      pull_request: { head: { sha: pull.head.sha }, mergeable: null, mergeable_state: 'unknown' },
    });
  });

  test.each([
    ['an unknown head', { head: 'nowhere', base: 'main' }, 'head'],
    ['an unknown base', { head: 'open-a', base: 'nowhere' }, 'base'],
    ['no difference', { head: 'main', base: 'main' }, 'No commits between'],
    ['one that is open already', { head: 'open-a', base: 'main' }, 'already exists'],
    ["another owner's branch that is no fork", { head: 'eve:main', base: 'main' }, 'No fork'],
  ])('is refused with %s', async (_, sides, message) => {
    const refused = await failure(world.ada.octokit.rest.pulls.create({ ...world.at, title: 't', ...sides }));
    expect(refused).toMatchObject({ status: 422, message: expect.stringContaining(message) });
  });

  test('files are listed with status, counts and patch, in pages', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 35 }, (_, index) => [`many/${String(index).padStart(2, '0')}.txt`, 'x\n']),
    );
    const pull = await openPull('files', files);
    const first = await world.ada.octokit.rest.pulls.listFiles({ ...world.at, pull_number: pull.number });
    expect(first.data).toHaveLength(30);
    expect(first.headers.link).toContain('rel="next"');
    const all = await world.ada.octokit.paginate(world.ada.octokit.rest.pulls.listFiles, {
      ...world.at,
      pull_number: pull.number,
    });
    expect(all).toHaveLength(35);
    expect(all[0]).toMatchObject({
      filename: 'many/00.txt',
      status: 'added',
      additions: 1,
      patch: '@@ -0,0 +1 @@\n+x',
    });
  });

  test('a rename, a removal and a binary file are told apart', async () => {
    const long = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n');
    await commitFiles(world.ada.octokit, world.repository, 'main', { 'old.txt': long, 'gone.txt': 'gone\n' });
    const copy = await clone(world, world.ada.token);
    await copy.git('checkout', '--quiet', '-b', 'kinds');
    await copy.git('mv', 'old.txt', 'new name.txt');
    await copy.git('rm', '--quiet', 'gone.txt');
    await copy.write('picture.bin', `\0\x01\x02`);
    await copy.git('commit', '--quiet', '-m', 'kinds');
    await copy.git('push', '--quiet', 'origin', 'kinds');
    await copy.remove();
    const pull = await world.ada.octokit.rest.pulls.create({
      ...world.at,
      title: 'kinds',
      head: 'kinds',
      base: 'main',
    });
    const { data } = await world.ada.octokit.rest.pulls.listFiles({ ...world.at, pull_number: pull.data.number });
    expect(data.map((file) => [file.filename, file.status, file.previous_filename, file.patch === undefined])).toEqual([
      ['gone.txt', 'removed', undefined, false],
      ['new name.txt', 'renamed', 'old.txt', true],
      ['picture.bin', 'added', undefined, true],
    ]);
  });
});

describe('moving', () => {
  test('a push to the head synchronizes it', async () => {
    const pull = await openPull('sync', { 'sync.txt': '1' });
    const after = await commitFiles(world.ben.octokit, world.repository, 'sync', { 'sync.txt': '2' });
    await world.github.settled();
    expect(world.receiver.events('pull_request', 'synchronize').at(-1)?.payload).toMatchObject({
      number: pull.number,
      before: pull.head.sha,
      after,
      sender: { login: 'ben' },
    });
    expect(await refSha(`refs/pull/${pull.number}/head`)).toBe(after);
    const { data } = await world.ada.octokit.rest.pulls.get({ ...world.at, pull_number: pull.number });
    expect(data).toMatchObject({ head: { sha: after }, commits: 2 });
    const commits = await world.ada.octokit.rest.pulls.listCommits({ ...world.at, pull_number: pull.number });
    expect(commits.data.map((one) => one.sha)).toEqual([pull.head.sha, after]);
  });

  test('a move of the base makes a new preview', async () => {
    const pull = await openPull('base-moves', { 'base-moves.txt': '1' });
    const base = await commitFiles(world.ada.octokit, world.repository, 'main', { 'elsewhere.txt': '1' });
    const merge = await refSha(`refs/pull/${pull.number}/merge`);
    expect((await world.github.git(world.repository).commit(merge ?? ''))?.parents).toEqual([base, pull.head.sha]);
  });

  test('a conflict shows as not mergeable', async () => {
    const pull = await openPull('conflict', { 'clash.txt': 'mine\n' });
    await commitFiles(world.ada.octokit, world.repository, 'main', { 'clash.txt': 'theirs\n' });
    const { data } = await world.ada.octokit.rest.pulls.get({ ...world.at, pull_number: pull.number });
    expect(data).toMatchObject({ mergeable: false, mergeable_state: 'dirty', merge_commit_sha: null });
    const merge = world.ada.octokit.rest.pulls.merge({ ...world.at, pull_number: pull.number });
    expect((await failure(merge)).status).toBe(405);
  });

  test('another base can be chosen', async () => {
    await world.ada.octokit.rest.git.createRef({ ...world.at, ref: 'refs/heads/release', sha: world.main });
    const pull = await openPull('retarget', { 'retarget.txt': '1' });
    const { data } = await world.ada.octokit.rest.pulls.update({
      ...world.at,
      pull_number: pull.number,
      base: 'release',
    });
    expect(data.base).toMatchObject({ ref: 'release', sha: world.main });
    await world.github.settled();
    expect(world.receiver.events('pull_request', 'edited').at(-1)?.payload.changes).toMatchObject({
      base: { ref: { from: 'main' } },
    });
  });

  test('a base that holds the head already is refused, and so is another base of a closed one', async () => {
    const pull = await openPull('retarget-refused', { 'retarget-refused.txt': '1' });
    const at = { ...world.at, pull_number: pull.number };
    const refs = { ...world.at, ref: 'refs/heads/ahead', sha: pull.head.sha };
    await world.ada.octokit.rest.git.createRef(refs);
    const same = await failure(world.ada.octokit.rest.pulls.update({ ...at, base: 'ahead' }));
    expect(same).toMatchObject({ status: 422, message: expect.stringContaining('no new commits') });
    await world.ada.octokit.rest.pulls.update({ ...at, state: 'closed' });
    const closed = await failure(world.ada.octokit.rest.pulls.update({ ...at, base: 'release' }));
    expect(closed).toMatchObject({ status: 422, message: expect.stringContaining('closed pull request') });
  });

  test('it is not opened again once its branch has been rewritten', async () => {
    const pull = await openPull('rewritten', { 'rewritten.txt': '1' });
    const at = { ...world.at, pull_number: pull.number };
    await world.ada.octokit.rest.pulls.update({ ...at, state: 'closed' });
    const to = { ...world.at, ref: 'heads/rewritten', sha: world.main, force: true };
    await world.ada.octokit.rest.git.updateRef(to);
    const refused = await failure(world.ada.octokit.rest.pulls.update({ ...at, state: 'open' }));
    expect(refused).toMatchObject({ status: 422, message: expect.stringContaining('force-pushed') });
  });

  test('it can be closed and opened again', async () => {
    const pull = await openPull('reopen', { 'reopen.txt': '1' });
    const at = { ...world.at, pull_number: pull.number };
    expect((await world.ada.octokit.rest.pulls.update({ ...at, state: 'closed' })).data.state).toBe('closed');
    expect((await world.ada.octokit.rest.pulls.update({ ...at, state: 'open' })).data.state).toBe('open');
    await world.github.settled();
    expect(
      world.receiver
        .events('pull_request')
        .filter((one) => one.payload.number === pull.number)
        .map((one) => one.action),
    ).toEqual(['opened', 'closed', 'reopened']);
  });

  test('deleting its branch closes it', async () => {
    const pull = await openPull('deleted', { 'deleted.txt': '1' });
    await world.ada.octokit.rest.git.deleteRef({ ...world.at, ref: 'heads/deleted' });
    const { data } = await world.ada.octokit.rest.pulls.get({ ...world.at, pull_number: pull.number });
    expect(data).toMatchObject({ state: 'closed', merged: false });
  });
});

describe('merging', () => {
  test('a squash puts one commit on the base, tells push and close, and keeps the author', async () => {
    const pull = await openPull('squash', { 'squash.txt': '1' });
    await commitFiles(world.ada.octokit, world.repository, 'squash', { 'squash.txt': '2' });
    const before = await refSha('refs/heads/main');
    const merged = await world.ben.octokit.rest.pulls.merge({
      ...world.at,
      pull_number: pull.number,
      merge_method: 'squash',
    });
    const commit = await world.github.git(world.repository).commit(merged.data.sha);
    expect(commit).toMatchObject({ parents: [before], author: { name: 'Ada' }, committer: { name: 'GitHub' } });
    expect(commit?.message.split('\n')[0]).toBe(`Change squash (#${pull.number})`);
    expect(await refSha('refs/heads/main')).toBe(merged.data.sha);
    await world.github.settled();
    const push = world.receiver.events('push').at(-1)?.payload;
    expect(push).toMatchObject({ ref: 'refs/heads/main', before, after: merged.data.sha, sender: { login: 'ben' } });
    const closed = world.receiver.events('pull_request', 'closed').at(-1)?.payload;
    expect(closed).toMatchObject({
      number: pull.number,
      pull_request: { merged: true, merge_commit_sha: merged.data.sha, merged_by: { login: 'ben' } },
    });
  });

  test('a merge commit has both parents', async () => {
    const pull = await openPull('merge', { 'merge.txt': '1' });
    const before = await refSha('refs/heads/main');
    const { data } = await world.ada.octokit.rest.pulls.merge({ ...world.at, pull_number: pull.number });
    expect((await world.github.git(world.repository).commit(data.sha))?.parents).toEqual([before, pull.head.sha]);
    expect((await world.ada.octokit.rest.pulls.checkIfMerged({ ...world.at, pull_number: pull.number })).status).toBe(
      204,
    );
  });

  test('a head that moved is refused when its sha is given', async () => {
    const pull = await openPull('guarded', { 'guarded.txt': '1' });
    const sha = pull.head.sha;
    await commitFiles(world.ada.octokit, world.repository, 'guarded', { 'guarded.txt': '2' });
    const refused = await failure(world.ada.octokit.rest.pulls.merge({ ...world.at, pull_number: pull.number, sha }));
    expect(refused).toMatchObject({ status: 409, message: expect.stringContaining('Head branch was modified') });
  });

  test('drafts, closed ones and strangers are refused', async () => {
    const draft = await openPull('draft', { 'draft.txt': '1' }, { draft: true });
    expect((await failure(world.ada.octokit.rest.pulls.merge({ ...world.at, pull_number: draft.number }))).status).toBe(
      405,
    );
    const pull = await openPull('strangers', { 'strangers.txt': '1' });
    expect((await failure(world.eve.octokit.rest.pulls.merge({ ...world.at, pull_number: pull.number }))).status).toBe(
      403,
    );
  });

  test('a protected base takes no merge from people', async () => {
    await world.app.octokit.rest.git.createRef({ ...world.at, ref: 'refs/heads/exec', sha: world.main });
    world.github.protectBranch(world.repository, 'exec', { apps: [world.app] });
    await commitFiles(world.ada.octokit, world.repository, 'into-exec', { 'e.txt': '1' });
    const { data } = await world.ada.octokit.rest.pulls.create({
      ...world.at,
      title: 't',
      head: 'into-exec',
      base: 'exec',
    });
    const merge = world.ada.octokit.rest.pulls.merge({ ...world.at, pull_number: data.number });
    expect(await failure(merge)).toMatchObject({
      status: 405,
      message: expect.stringContaining('not authorized to push'),
    });
  });

  test('rebase is not there, and says so', async () => {
    const pull = await openPull('rebase', { 'rebase.txt': '1' });
    const merge = world.ada.octokit.rest.pulls.merge({ ...world.at, pull_number: pull.number, merge_method: 'rebase' });
    expect(await failure(merge)).toMatchObject({ status: 501, message: expect.stringContaining('rebase') });
  });

  test('a base that receives the head by a push closes it as merged', async () => {
    const pull = await openPull('by-push', { 'by-push.txt': '1' });
    const copy = await clone(world, world.ada.token);
    await copy.git('merge', '--quiet', '--no-edit', 'origin/by-push');
    await copy.git('push', '--quiet', 'origin', 'HEAD:main');
    await copy.remove();
    const { data } = await world.ada.octokit.rest.pulls.get({ ...world.at, pull_number: pull.number });
    expect(data).toMatchObject({ state: 'closed', merged: true });
  });

  test('pull requests are found by commit', async () => {
    const pull = await openPull('by-commit', { 'by-commit.txt': '1' });
    const find = async (sha: string): Promise<number[]> => {
      const { data } = await world.ada.octokit.rest.repos.listPullRequestsAssociatedWithCommit({
        ...world.at,
        commit_sha: sha,
      });
      return data.map((one) => one.number);
    };
    expect(await find(pull.head.sha)).toEqual([pull.number]);
    const { data } = await world.ada.octokit.rest.pulls.merge({
      ...world.at,
      pull_number: pull.number,
      merge_method: 'squash',
    });
    expect(await find(data.sha)).toEqual([pull.number]);
    expect(await find(world.main)).toEqual([]);
  });
});

describe('forks', () => {
  test('a pull request from a fork brings its commits and follows its branch', async () => {
    await world.eve.octokit.rest.repos.createFork(world.at);
    const fork = world.github.repository('eve', 'flights');
    const head = await commitFiles(world.eve.octokit, fork, 'idea', { 'idea.txt': '1' });
    const { data: pull } = await world.eve.octokit.rest.pulls.create({
      ...world.at,
      title: 'Idea',
      head: 'eve:idea',
      base: 'main',
    });
    expect(pull).toMatchObject({
      head: { label: 'eve:idea', sha: head, repo: { full_name: 'eve/flights', fork: true } },
      author_association: 'NONE',
    });
    expect(await refSha(`refs/pull/${pull.number}/head`)).toBe(head);
    const moved = await commitFiles(world.eve.octokit, fork, 'idea', { 'idea.txt': '2' });
    expect(await refSha(`refs/pull/${pull.number}/head`)).toBe(moved);
    await world.github.settled();
    expect(world.receiver.events('pull_request', 'synchronize').at(-1)?.payload).toMatchObject({
      after: moved,
      sender: { login: 'eve' },
    });
  });

  test('a commit of a fork is found by its id through the base repository, before any pull request', async () => {
    const fork = world.github.repository('eve', 'flights');
    const sha = await commitFiles(world.eve.octokit, fork, 'unseen', { 'unseen.txt': '1' });
    const { data } = await world.app.octokit.rest.git.getCommit({ ...world.at, commit_sha: sha });
    expect(data.sha).toBe(sha);
    const copy = await clone(world, world.ada.token);
    await copy.git('fetch', '--quiet', 'origin', sha);
    expect(await copy.git('rev-parse', 'FETCH_HEAD')).toBe(sha);
    expect(await copy.git('ls-remote', 'origin', 'unseen')).toBe('');
    await copy.remove();
  });

  test('lists filter by state, head and base', async () => {
    const { data } = await world.ada.octokit.rest.pulls.list({ ...world.at, head: 'eve:idea', base: 'main' });
    expect(data.map((pull) => pull.title)).toEqual(['Idea']);
    const closed = await world.ada.octokit.rest.pulls.list({ ...world.at, state: 'closed', head: 'acme:squash' });
    expect(closed.data.map((pull) => pull.merged_at !== null)).toEqual([true]);
  });
});
