import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure, startWorld, type World } from '../world.ts';

let world: World;
let issue: number;
beforeAll(async () => {
  world = await startWorld();
  issue = (await world.ada.octokit.rest.issues.create({ ...world.at, title: 'An issue', body: 'text' })).data.number;
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

const comment = async (body: string, octokit = world.ada.octokit) =>
  (await octokit.rest.issues.createComment({ ...world.at, issue_number: issue, body })).data;

describe('comments', () => {
  test('are created, edited and deleted, each with its event', async () => {
    const created = await comment('first');
    await world.ada.octokit.rest.issues.updateComment({ ...world.at, comment_id: created.id, body: 'second' });
    await world.ada.octokit.rest.issues.deleteComment({ ...world.at, comment_id: created.id });
    await world.github.settled();
    const events = world.receiver.events('issue_comment').filter((one) => one.payload.comment.id === created.id);
    expect(events.map((one) => one.action)).toEqual(['created', 'edited', 'deleted']);
    expect(events[1]?.payload.changes).toEqual({ body: { from: 'first' } });
  });

  test('an App comments as its bot, and shows through which App', async () => {
    const created = await comment('from the App', world.app.octokit);
    expect(created).toMatchObject({
      user: { login: 'trainyard[bot]', type: 'Bot' },
      performed_via_github_app: { slug: 'trainyard' },
    });
  });

  test('a comment of 65,536 characters fits, one more does not', async () => {
    expect((await comment('é'.repeat(65_536))).body?.length).toBe(65_536);
    expect((await failure(comment('x'.repeat(65_537)))).status).toBe(422);
  });

  test('an empty comment is refused', async () => {
    expect((await failure(comment(''))).status).toBe(422);
  });

  test("a stranger may comment, but not edit somebody's comment", async () => {
    const mine = await comment('mine');
    await comment('from a stranger', world.eve.octokit);
    const edit = world.eve.octokit.rest.issues.updateComment({ ...world.at, comment_id: mine.id, body: 'forged' });
    expect((await failure(edit)).status).toBe(403);
  });

  test('are listed in order, since a time', async () => {
    const all = await world.ada.octokit.paginate(world.ada.octokit.rest.issues.listComments, {
      ...world.at,
      issue_number: issue,
      per_page: 2,
    });
    expect(all.map((one) => one.id)).toEqual(all.map((one) => one.id).sort((a, b) => a - b));
    const later = await world.ada.octokit.rest.issues.listComments({
      ...world.at,
      issue_number: issue,
      since: '2100-01-01T00:00:00Z',
    });
    expect(later.data).toEqual([]);
    const ofRepository = await world.ada.octokit.rest.issues.listCommentsForRepo(world.at);
    expect(ofRepository.data.length).toBe(all.length);
  });
});

describe('reactions', () => {
  test('one account reacts once with each content', async () => {
    const { id } = await comment('/train');
    const react = () =>
      world.app.octokit.rest.reactions.createForIssueComment({ ...world.at, comment_id: id, content: 'eyes' });
    const first = await react();
    const second = await react();
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.data.id).toBe(first.data.id);
    const { data } = await world.ada.octokit.rest.issues.getComment({ ...world.at, comment_id: id });
    expect(data.reactions).toMatchObject({ total_count: 1, eyes: 1 });
    await world.app.octokit.rest.reactions.deleteForIssueComment({
      ...world.at,
      comment_id: id,
      reaction_id: first.data.id,
    });
    const left = await world.ada.octokit.rest.reactions.listForIssueComment({ ...world.at, comment_id: id });
    expect(left.data).toEqual([]);
  });

  test('an issue can be reacted to', async () => {
    const at = { ...world.at, issue_number: issue };
    await world.ben.octokit.rest.reactions.createForIssue({ ...at, content: 'heart' });
    const { data } = await world.ada.octokit.rest.reactions.listForIssue(at);
    expect(data.map((one) => [one.content, one.user?.login])).toEqual([['heart', 'ben']]);
  });
});

describe('issues', () => {
  test('are changed, labelled, closed and opened again', async () => {
    const at = { ...world.at, issue_number: issue };
    await world.ada.octokit.rest.issues.addLabels({ ...at, labels: ['drift', 'flight-delay'] });
    await world.ada.octokit.rest.issues.removeLabel({ ...at, name: 'drift' });
    await world.ada.octokit.rest.issues.update({ ...at, body: 'other', state: 'closed', state_reason: 'not_planned' });
    const closed = await world.ada.octokit.rest.issues.get(at);
    expect(closed.data).toMatchObject({
      state: 'closed',
      state_reason: 'not_planned',
      body: 'other',
      labels: [{ name: 'flight-delay' }],
    });
    expect((await world.ada.octokit.rest.issues.listForRepo({ ...world.at, labels: 'flight-delay' })).data).toEqual([]);
    await world.ada.octokit.rest.issues.update({ ...at, state: 'open' });
    expect(
      (await world.ada.octokit.rest.issues.listForRepo({ ...world.at, labels: 'flight-delay' })).data,
    ).toHaveLength(1);
    await world.github.settled();
    expect(world.receiver.events('issues').map((one) => one.action)).toEqual([
      'opened',
      'labeled',
      'labeled',
      'unlabeled',
      'edited',
      'closed',
      'reopened',
    ]);
  });

  test('a stranger changes none', async () => {
    const close = world.eve.octokit.rest.issues.update({ ...world.at, issue_number: issue, state: 'closed' });
    expect((await failure(close)).status).toBe(403);
  });

  test('a title is needed', async () => {
    expect((await failure(world.ada.octokit.rest.issues.create({ ...world.at, title: ' ' }))).status).toBe(422);
  });
});
