import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitFiles, failure, startWorld, type World } from '../world.ts';

let world: World;
let at: { owner: string; repo: string; issue_number: number };
beforeAll(async () => {
  world = await startWorld();
  await commitFiles(world.ada.octokit, world.repository, 'labels', { 'labels.txt': '1' });
  const sides = { title: 'Labels', head: 'labels', base: 'main' };
  const { data } = await world.ada.octokit.rest.pulls.create({ ...world.at, ...sides });
  at = { ...world.at, issue_number: data.number };
});
afterAll(async () => {
  await world.close();
  expect(world.problems).toEqual([]);
  world.judge.assertClean();
});

/** What was told, in alphabetical order: deliveries have none of their own. */
const events = async () => {
  await world.github.settled();
  const { received } = world.receiver;
  return received
    .filter((one) => one.event === 'pull_request' && /labeled$/.test(one.action ?? ''))
    .map(({ action, payload }) => `${action} ${payload.label.name} by ${payload.sender.login}`)
    .sort();
};

test('a pull request shows its labels, and each one that comes or goes is told', async () => {
  await world.ben.octokit.rest.issues.addLabels({ ...at, labels: ['data', 'gpu'] });
  await world.ben.octokit.rest.issues.removeLabel({ ...at, name: 'gpu' });
  const { data } = await world.app.octokit.rest.pulls.get({ ...world.at, pull_number: at.issue_number });
  expect(data.labels.map((label) => label.name)).toEqual(['data']);
  const listed = await world.app.octokit.rest.issues.listLabelsOnIssue(at);
  expect(listed.data.map((label) => label.name)).toEqual(['data']);
  expect(await events()).toEqual(['labeled data by ben', 'labeled gpu by ben', 'unlabeled gpu by ben']);
});

test('a label is the same in another case, and adding it again tells nothing', async () => {
  const before = await events();
  const { data } = await world.ben.octokit.rest.issues.addLabels({ ...at, labels: ['DATA'] });
  expect(data.map((label) => label.name)).toEqual(['data']);
  expect(await events()).toEqual(before);
});

test('labels are replaced as a whole by an update', async () => {
  await world.ben.octokit.rest.issues.update({ ...at, labels: ['approved'] });
  expect(await events()).toEqual(expect.arrayContaining(['labeled approved by ben', 'unlabeled data by ben']));
});

test('a person without triage rights sets none, not even on their own pull request', async () => {
  const refused = await failure(world.eve.octokit.rest.issues.addLabels({ ...at, labels: ['approved'] }));
  expect(refused.status).toBe(403);
});

test('a label that is not there cannot be removed', async () => {
  const refused = await failure(world.ben.octokit.rest.issues.removeLabel({ ...at, name: 'gpu' }));
  expect(refused).toMatchObject({ status: 404, message: expect.stringContaining('Label does not exist') });
});
