import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { checksOf, concluded, reactionsOn, tagNames, workflowRuns } from '../../scripts/demo/observe.ts';
import { comment, type Person, person, squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { expectReasons } from './refusal-reasons.ts';
import { CONFIG, TEAM, TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, type TeamWorld } from './world.ts';

/** Policy that refuses as much as one policy can: the model greeter alone may be trained, and production never moves. */
const STRICT = CONFIG.replace(
  'commands: { train: write, promote: write }',
  `require: { promote: { labels: [ship-it], approvals: { count: 1 } } }
  freeze: [{ stages: [production], days: [mon, tue, wed, thu, fri, sat, sun], reason: stocktaking }]
  prices: { cpu: 10 USD }
  budget: { per_run: 1 USD }
  forks: ok-to-train
  runners: { fork: [fork-only] }`,
)
  .replace('timeout: 10m', 'timeout: 2m')
  .replace('timeout: 2s', 'timeout: 10m')
  .replace('stages: [staging, production]', 'stages: [staging, canary, production]');

let team: TeamWorld;
/** Maintains the repository and has written none of what is proposed here. */
let mia: Person;
let mallory: Person;
let forked: Proposed | undefined;
/** Ada's change, which every refusal must leave as it is. */
let change: Proposed;

beforeAll(async () => {
  team = await openTeamWorld('refusals', { files: { ...TEAM, [CONFIG_PATH]: STRICT } });
  const { world } = team;
  const repository = world.github.repository(world.team.owner, world.team.repo);
  mia = person(world, world.github.createUser('mia', { name: 'Mia' }));
  world.github.addCollaborator(repository, 'mia', 'maintain');
  change = await team.propose('change', { 'greeter/train.py': `${TRAIN}# one\n` });
  await team.check(change.head, 'trainyard / plan', concluded('success'));
}, 240_000);
afterAll(async () => {
  await team?.close();
});

/** Says something that is refused: one reaction, words in the one comment, and nothing begun. */
async function refuses(number: number, text: string, says: RegExp, by?: Person): Promise<number> {
  const said = await team.say(number, text, by);
  expect(await team.answer(said)).toBe('refused');
  expect(await reactionsOn(team.world, said)).toEqual(['confused']);
  await team.comment(number, says);
  expect(await team.runs({ pull: number })).toEqual([]);
  expect((await team.ledger()).entries).toEqual([]);
  return said;
}

async function dispatched(): Promise<number> {
  return (await workflowRuns(team.world, 'train ')).length;
}

describe('a command is refused with words, and nothing is begun,', () => {
  test.each([
    ['for a typo in its name', '/trian sleeper', /no command "\/trian"; did you mean "\/train"\?/],
    ['for a flag that is not there', '/train sleeper --froce', /--froce/],
    ['for a model that is not there', '/train slepeer', /no model "slepeer".*did you mean.*sleeper/],
    ['for a parameter that is not there', '/train greeter --set rat=0.3', /no parameter "rat".*did you mean.*rate/],
    ['for a value out of range', '/train greeter --set rate=7', /rate.*from 0\.1 to 1.*got 7/],
    ['for a GPU that policy does not name', '/train sleeper --gpu a100', /policy\.gpus.*a100/],
    ['for an engine that policy does not name', '/train sleeper --engine ray', /policy\.engines.*ray/],
    ['for a run beyond the budget', '/train sleeper', /may cost 1\.67 USD.*policy allows 1 USD for a run/],
    ['for a commit that was never its head', `/train sleeper @${'0'.repeat(40)}`, /never seen as the head/],
    ['for a stage that is not there', '/promote greeter to prodution', /prodution.*did you mean.*production/],
    ['in a freeze window', '/promote greeter to production', /freeze window of policy keeps production.*stocktaking/],
    ['without the label that policy asks for', '/promote greeter to staging', /ship-it/],
    ['for a dataset that is not changed', '/validate', /changes no dataset/],
    ['for a dataset that is not there', '/validate row', /row.*did you mean.*rows/],
    ['for a run that is not there', '/cancel', /a run in progress, but this pull request has none/],
    ['where nothing has failed', '/retry', /failed/],
    ['where nothing was trained', '/evaluate greeter', /trained/],
    ['where there is no hold', '/unhold', /not on hold/],
    ['where there is no lock', '/unlock staging', /staging/],
    ['for a lock of nothing', '/lock stagging', /stagging/],
    ['for a version that a stage never held', '/rollback greeter staging', /staging/],
    ['on a pull request that is no fork’s', `/ok-to-train ${'a'.repeat(40)}`, /needs no \/ok-to-train/],
    ['for a gate that is not there', '/override acuracy it is fine', /acuracy/],
    ['for a scan, which nobody overrides', '/override scan it is fine', /never overridden/],
  ])('%s', async (_, text, says) => {
    const before = await dispatched();
    const by = text.startsWith('/override') || text.includes('production') ? mia : undefined;
    await refuses(change.number, text, says, by);
    expect(await dispatched()).toBe(before);
  });

  test.each([
    ['/train sleeper', /train needs .*write.*carol has the role "read"/],
    ['/hold please', /hold needs .*write.*carol has the role "read"/],
    ['/override accuracy please', /override needs .*maintain.*carol has the role "read"/],
  ])('for somebody who may not give %s', async (text, says) => {
    await refuses(change.number, text, says, team.carol);
  });

  test('for the last stage of a model, which is a maintainer’s to move', async () => {
    await refuses(
      change.number,
      '/promote greeter to production',
      /promote.*maintain.*ben has the role "write"/,
      team.world.ben,
    );
  });

  test('without an approval, with one of the author, and with one of an older head', async () => {
    const { ada, ben, team: repository } = team.world;
    const at = { ...repository, pull_number: change.number };
    await ada.octokit.rest.issues.addLabels({ ...repository, issue_number: change.number, labels: ['ship-it'] });
    await refuses(change.number, '/promote greeter to staging', /approval/);
    await ben.octokit.rest.pulls.createReview({ ...at, event: 'APPROVE', commit_id: change.head });
    const head = await team.commit('change', { 'greeter/train.py': `${TRAIN}# two\n` });
    change = { ...change, head };
    await team.check(head, 'trainyard / plan', concluded('success'));
    await refuses(change.number, '/promote greeter to staging', /approval.*(older|outdated|another|head)/i);
    await ben.octokit.rest.pulls.createReview({ ...at, event: 'APPROVE', commit_id: head });
    await refuses(change.number, '/promote greeter to staging', /no version, and no verified run matches main/);
  });

  test('for a head that has moved on', async () => {
    const old = await team.commit('moved', { 'greeter/train.py': `${TRAIN}# old\n` });
    const { ada, team: repository } = team.world;
    const { data } = await ada.octokit.rest.pulls.create({
      ...repository,
      head: 'moved',
      base: 'main',
      title: 'Moved',
    });
    const head = await team.commit('moved', { 'greeter/train.py': `${TRAIN}# new\n` });
    await team.check(head, 'trainyard / plan', concluded('success'));
    await refuses(data.number, `/train sleeper @${old}`, /is no longer the head/);
  });

  test('for a head that somebody else has just pushed', async () => {
    const { number, head } = await team.propose('fresh', { 'greeter/train.py': `${TRAIN}# fresh\n` });
    await team.check(head, 'trainyard / plan', concluded('success'));
    await refuses(number, '/train greeter', /ada pushed the head.*repeat the command with/, team.world.ben);
  });

  test('on a pull request that is closed', async () => {
    const { ada, team: repository } = team.world;
    const { number, head } = await team.propose('closed', { 'greeter/train.py': `${TRAIN}# closed\n` });
    await team.check(head, 'trainyard / plan', concluded('success'));
    await ada.octokit.rest.pulls.update({ ...repository, pull_number: number, state: 'closed' });
    await refuses(number, '/train sleeper', /open pull request, but #\d+ is closed/);
  });

  test('on a pull request from a fork that nobody has looked at', async () => {
    forked = await proposeFromFork('print("hello")\n');
    await team.check(forked.head, 'trainyard / plan', concluded('success'));
    await refuses(forked.number, `/train greeter @${forked.head}`, /has no \/ok-to-train/);
    await refuses(forked.number, `/ok-to-train ${forked.head}`, /ok-to-train needs .*write.*mallory/, mallory);
  }, 60_000);
});

/** Changes the training of greeter in a fork of Mallory’s, and proposes it the first time. */
async function proposeFromFork(code: string): Promise<Proposed> {
  const { github, team: repository } = team.world;
  const fork = { owner: 'mallory', repo: repository.repo };
  if (forked === undefined) {
    mallory = person(team.world, github.createUser('mallory'));
    const ours = github.repository(repository.owner, repository.repo);
    github.addCollaborator(ours, 'mallory', 'read');
    await github.forkRepository(ours, 'mallory');
  }
  const { git, pulls } = mallory.octokit.rest;
  const parent = forked?.head ?? (await git.getRef({ ...fork, ref: 'heads/main' })).data.object.sha;
  const file = { path: 'greeter/train.py', mode: '100644', type: 'blob', content: `${TRAIN}${code}` } as const;
  const tree = await git.createTree({ ...fork, base_tree: parent, tree: [file] });
  const made = await git.createCommit({ ...fork, message: 'Help', tree: tree.data.sha, parents: [parent] });
  const { sha } = made.data;
  if (forked !== undefined) {
    await git.updateRef({ ...fork, ref: 'heads/help', sha });
    return { ...forked, head: sha };
  }
  await git.createRef({ ...fork, ref: 'refs/heads/help', sha });
  const { data } = await pulls.create({ ...repository, head: 'mallory:help', base: 'main', title: 'Help' });
  return { number: data.number, branch: 'help', head: sha };
}

describe('a comment is left alone, without a reaction,', () => {
  const untouched = async (comment: number): Promise<void> => {
    // What comes later in the same pull request is handled later.
    expect(await team.answer(await team.say(change.number, '/status'))).toBe('done');
    expect(await reactionsOn(team.world, comment)).toEqual([]);
    expect(await team.runs({ pull: change.number })).toEqual([]);
  };

  test('when it was edited into a command', async () => {
    const { ada, team: repository } = team.world;
    const edited = await team.say(change.number, 'What do you think?');
    await ada.octokit.rest.issues.updateComment({ ...repository, comment_id: edited, body: '/train sleeper' });
    await untouched(edited);
  });

  test('when it is a review', async () => {
    const { ben, team: repository } = team.world;
    await ben.octokit.rest.pulls.createReview({
      ...repository,
      pull_number: change.number,
      event: 'COMMENT',
      body: `/train sleeper @${change.head}`,
    });
    expect(await team.answer(await team.say(change.number, '/status'))).toBe('done');
    expect(await team.runs({ pull: change.number })).toEqual([]);
  });
});

/** Sends the delivery of a comment once more, as if GitHub had made a new one of it. */
async function replay(comment: number): Promise<void> {
  const { tables } = team.world.github;
  const app = tables.apps.find({ slug: 'trainyard' });
  const delivery = tables.deliveries
    .list({ appId: app?.id ?? 0 })
    .find(({ event, payload }) => event === 'issue_comment' && JSON.parse(payload).comment.id === comment);
  if (delivery === undefined) throw new Error(`comment ${comment} was not delivered`);
  const headers = { ...delivery.requestHeaders, 'x-github-delivery': randomUUID() };
  const answer = await fetch(app?.webhookUrl ?? '', { method: 'POST', headers, body: delivery.payload });
  expect(answer.status).toBe(202);
}

describe('what policy allows is done:', () => {
  const ready = (conclusion: string, title: RegExp) =>
    team.check(change.head, 'trainyard / ready', concluded(conclusion, title), 120);
  const does = async (text: string, says: RegExp, by?: Person): Promise<number> => {
    const said = await comment(team.world, by ?? team.world.ada, change.number, text);
    expect(await team.answer(said)).toBe('done');
    expect(await reactionsOn(team.world, said)).toEqual(['eyes']);
    await team.comment(change.number, says);
    return said;
  };
  const refused = async (text: string, says: RegExp, by?: Person): Promise<void> => {
    expect(await team.answer(await team.say(change.number, text, by))).toBe('refused');
    await team.comment(change.number, says);
  };
  const kinds = async () => (await team.ledger()).entries.map(({ entry }) => entry.kind);

  test('a locked model is not trained, until its lock is released by who set it', async () => {
    await does('/lock model:greeter while labels are mended', /model greeter is locked/, team.world.ben);
    const refused = await team.say(change.number, '/train');
    expect(await team.answer(refused)).toBe('refused');
    await team.comment(change.number, /the model greeter is locked by ben: while labels are mended/);
    const unlock = await does('/unlock model:greeter', /model greeter is no longer locked/, team.world.ben);
    expect(await kinds()).toEqual(['lock', 'unlock']);
    await replay(unlock);
    await does('/status', /up to date/);
    expect(await kinds()).toEqual(['lock', 'unlock']);
  }, 60_000);

  test('a pull request on hold is not ready, and somebody else’s hold is a maintainer’s to release', async () => {
    await does('/train', /greeter: run [0-9A-Z]{26} was accepted/);
    await ready('success', /greeter/);
    await refused(`/override accuracy it is fine @${change.head}`, /held by the gate accuracy/, mia);
    await refused('/override accuracy', /reason/, mia);
    await does('/hold until the review', /on hold/);
    await ready('failure', /hold/);
    const others = await team.say(change.number, '/unhold', team.world.ben);
    expect(await team.answer(others)).toBe('refused');
    await team.comment(change.number, /unhold needs .*maintain.*ben has the role "write"/);
    await does('/unhold', /no longer on hold/, mia);
    await ready('success', /greeter/);
    await squashMerge(team.world, team.world.ada, change.number);
    await team.comment(change.number, /merged: greeter@v1\.0\.0 was promoted/, 90);
  }, 240_000);

  test('a failed gate is overridden by a maintainer who did not write the change', async () => {
    // Never greets.
    const worse = TRAIN.replace('row["label"] == "1"', 'row["label"] == "9"');
    change = await team.propose('worse', { 'greeter/train.py': worse });
    await team.check(change.head, 'trainyard / plan', concluded('success'));
    await does('/train', /greeter: run [0-9A-Z]{26} was accepted/);
    await ready('failure', /accuracy/);
    const own = await team.say(change.number, '/override accuracy it is a pilot');
    expect(await team.answer(own)).toBe('refused');
    await team.comment(change.number, /Ask somebody else who may override/);
    await does(`/override accuracy it is a pilot @${change.head}`, /gate accuracy of greeter is overridden/, mia);
    await ready('success', /greeter/);
    await team.comment(change.number, /overridden by mia: it is a pilot/);
    const { ada, ben, team: repository } = team.world;
    await ada.octokit.rest.issues.addLabels({ ...repository, issue_number: change.number, labels: ['ship-it'] });
    const review = { ...repository, pull_number: change.number, event: 'APPROVE', commit_id: change.head } as const;
    await ben.octokit.rest.pulls.createReview(review);
    await squashMerge(team.world, ada, change.number);
    await team.comment(change.number, /merged: greeter@v\d+\.\d+\.\d+ was promoted/, 90);
  }, 240_000);

  test('the head of a fork is trained once somebody has looked at it, is never promoted, and its next head is not', async () => {
    if (forked === undefined) throw new Error('there is no pull request from a fork');
    const { number, head } = forked;
    expect(await team.answer(await team.say(number, `/ok-to-train ${head}`))).toBe('done');
    expect(await team.answer(await team.say(number, `/train greeter @${head}`))).toBe('done');
    const judged = await until('the run of the fork is judged', 90, async () => {
      const [run] = await team.runs({ pull: number });
      return run?.record.state.state === 'judged' ? run.record : undefined;
    });
    expect(judged).toMatchObject({
      trust: 'fork',
      commit: head,
      order: { runner: ['fork-only'] },
      state: { verdict: 'held', reasons: ['a run from a fork is never promoted'] },
    });
    forked = await proposeFromFork('print("hello again")\n');
    await team.check(forked.head, 'trainyard / plan', concluded('success'));
    expect(await team.answer(await team.say(number, `/train greeter @${forked.head}`))).toBe('refused');
    await team.comment(number, /has no \/ok-to-train/);
    expect(await team.runs({ pull: number })).toHaveLength(1);
  }, 180_000);

  test('a version is promoted to the next stage, and a stage goes back to the version before', async () => {
    await refused('/promote greeter@v9.9.9 to canary', /v9\.9\.9/);
    await does('/promote greeter@v1.0.0 to canary', /greeter@v1\.0\.0 is in canary/);
    await refused('/promote greeter@v1.0.0 to canary', /canary.*v1\.0\.0/);
    await refused('/rollback greeter canary', /Refused `\/rollback greeter canary`/);
    await refused('/rollback greeter production to v1.0.0', /never/, mia);
    await does('/rollback greeter staging', /greeter@v1\.0\.0 is in staging/);
    expect((await tagNames(team.world, 'greeter')).filter((name) => name.includes('#')).toSorted()).toEqual([
      'greeter#canary#3',
      'greeter#staging#1',
      'greeter#staging#2',
      'greeter#staging#4',
    ]);
    const { state } = await team.ledger();
    const [model] = [...state.models.values()];
    expect([...(model?.stages ?? [])].map(([stage, { version }]) => [stage, version]).toSorted()).toEqual([
      ['canary', '1.0.0'],
      ['staging', '1.0.0'],
    ]);
    await until('no check is left open', 30, async () =>
      (await checksOf(team.world, change.head)).every(({ status }) => status === 'completed'),
    );
  }, 120_000);
});

test('each refusal that the table of reasons places here was given here', () => {
  expectReasons(team, 'refusals');
});

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  team.assertConforms();
});
