import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { App } from 'octokit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { checksOf, concluded, headOf, reactionsOn, workflowRuns } from '../../scripts/demo/observe.ts';
import { until } from '../../scripts/demo/wait.ts';
import { expectReasons } from './refusal-reasons.ts';
import { CONFIG, TRAIN } from './team.ts';
import { type Changes, openTeamWorld, type Proposed, plain, type TeamWorld } from './world.ts';

let team: TeamWorld;

beforeAll(async () => {
  team = await openTeamWorld('bad-input');
}, 240_000);
afterAll(async () => {
  await team?.close();
});

/** The App's comments on a pull request: never more than one. */
async function comments(number: number): Promise<number> {
  const { ada, team: repository } = team.world;
  const { data } = await ada.octokit.rest.issues.listComments({ ...repository, issue_number: number, per_page: 100 });
  return data.filter(({ user }) => user?.login === 'trainyard[bot]').length;
}

describe.concurrent('a pull request whose plan can’t be made', () => {
  const cases: [name: string, branch: string, changes: Changes, says: RegExp][] = [
    [
      'with a config that can’t be parsed',
      'unparsable',
      { [CONFIG_PATH]: 'version: 1\nmodels: [\n' },
      /\.github\/trainyard\.yml:\d+:\d+: /,
    ],
    [
      'with a key that is not known',
      'unknown-key',
      { [CONFIG_PATH]: CONFIG.replace('timeout: 10m', 'timeuot: 10m') },
      /trainyard\.yml:11:7: .*timeuot.*did you mean.*timeout/,
    ],
    ['without a dataset that the config names', 'no-dataset', { 'data/rows.csv': null }, /data\/rows\.csv/],
    [
      'without an input that the config declares',
      'no-input',
      { [CONFIG_PATH]: CONFIG.replace('inputs: [greeter]', 'inputs: [greeter, features]') },
      /features/,
    ],
  ];

  test.each(cases)(
    '%s is red and says where',
    async (_, branch, changes, says) => {
      const { number, head } = await team.propose(branch, changes);
      const plan = await team.check(head, 'trainyard / plan', concluded('failure'));
      expect(plain(plan.summary)).toMatch(says);
      expect(plan.summary).not.toMatch(/no model is affected/i);
      await team.check(head, 'trainyard / ready', concluded('failure'));
      await team.comment(number, says);
      const refused = await team.say(number, '/train greeter');
      expect(await team.answer(refused)).toBe('refused');
      await team.comment(number, /Refused `\/train greeter`/);
      expect(await team.runs({ pull: number })).toEqual([]);
      expect(await comments(number)).toBe(1);
    },
    120_000,
  );
});

describe.concurrent('training', () => {
  const cases: [name: string, branch: string, path: string, code: string, model: string, says: RegExp][] = [
    [
      'that reads an undeclared file does not find it, and names it',
      'undeclared',
      'greeter/train.py',
      'print(open("notes/secret.txt").read())\n',
      'greeter',
      /FileNotFoundError.*notes\/secret\.txt/,
    ],
    [
      'that fails says with what exit code, and the end of its log',
      'fails',
      'greeter/train.py',
      'import sys\nprint("the loss is not a number")\nsys.exit(3)\n',
      'greeter',
      /exit code 3[\s\S]*the loss is not a number/,
    ],
    [
      'that takes too long is stopped, and says after how long',
      'times-out',
      'sleeper/train.py',
      'import time\nprint("thinking", flush=True)\ntime.sleep(300)\n',
      'sleeper',
      /timed out/,
    ],
    [
      'that leaves nothing says so',
      'leaves-nothing',
      'greeter/train.py',
      'print("all done")\n',
      'greeter',
      /no output/,
    ],
  ];

  test.each(cases)(
    '%s',
    async (_, branch, path, code, model, says) => {
      const { number, head } = await team.propose(branch, { [path]: code });
      expect(await team.answer(await team.say(number, `/train ${model}`))).toBe('done');
      const check = await team.check(head, `trainyard / train: ${model}`, concluded('failure'), 120);
      expect(`${check.title}\n${check.summary}`).toMatch(/^Failed: /);
      expect(plain(check.summary)).toMatch(says);
      await team.check(head, 'trainyard / ready', concluded('failure'));
      await team.comment(number, says);
      const [run, ...more] = await team.runs({ pull: number });
      expect(more).toEqual([]);
      expect(run?.record.state).toMatchObject({ state: 'failed', at: 'training' });
      expect((await team.ledger()).state.runs.get(run?.record.run ?? ('' as never))?.outcome).toBe('failed');
      expect(await comments(number)).toBe(1);
    },
    180_000,
  );
});

describe.concurrent('a run', () => {
  test('that is cancelled says so once its job is gone', async () => {
    const { number, head } = await team.propose('slow', {
      'greeter/train.py': 'import time\nprint("thinking", flush=True)\ntime.sleep(300)\n',
    });
    expect(await team.answer(await team.say(number, '/train'))).toBe('done');
    const [run] = await team.runs({ pull: number });
    const state = run?.record.state;
    if (state?.state !== 'training') throw new Error(`the run is not training but ${state?.state}`);
    const { workflowRun } = state;
    if (workflowRun === null) throw new Error('the run trains in no workflow run');
    await until('the train job runs', 90, async () => (await jobs(workflowRun)).find(isTraining));
    expect(await team.answer(await team.say(number, '/cancel'))).toBe('done');
    await team.check(head, 'trainyard / train: greeter', concluded('cancelled'), 60);
    expect((await jobs(workflowRun)).map(({ status }) => status)).not.toContain('in_progress');
    const [ended] = await team.runs({ pull: number });
    expect(ended?.record.state).toMatchObject({ state: 'cancelled', workflowRun });
  }, 180_000);
});

interface Job {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
}

const isTraining = ({ name, status }: Job): boolean => name.endsWith('train') && status === 'in_progress';

async function jobs(workflowRun: number): Promise<Job[]> {
  const { ada, team: repository } = team.world;
  const { data } = await ada.octokit.rest.actions.listJobsForWorkflowRun({ ...repository, run_id: workflowRun });
  return data.jobs;
}

/** Sends the delivery of a comment once more, as if GitHub had made a new one of it. */
async function replay(comment: number): Promise<void> {
  const { github } = team.world;
  const app = github.tables.apps.find({ slug: 'trainyard' });
  const delivery = github.tables.deliveries
    .list({ appId: app?.id ?? 0 })
    .find(({ event, payload }) => event === 'issue_comment' && JSON.parse(payload).comment.id === comment);
  if (delivery === undefined) throw new Error(`comment ${comment} was not delivered`);
  const headers = { ...delivery.requestHeaders, 'x-github-delivery': randomUUID() };
  const answer = await fetch(app?.webhookUrl ?? '', { method: 'POST', headers, body: delivery.payload });
  expect(answer.status).toBe(202);
}

let good: Proposed;
let before: string;

const nextSecond = (): Promise<void> => wait(1000 - (Date.now() % 1000));

describe('a head that somebody else pushed seconds ago', () => {
  beforeAll(async () => {
    good = await team.propose('good', { 'greeter/train.py': `${TRAIN}# one\n` });
    // Times on GitHub are whole seconds: of two heads in one second nobody knows which one came last.
    await nextSecond();
    const head = await team.commit('good', { 'greeter/train.py': `${TRAIN}# two\n` }, { by: team.world.ben });
    good = { ...good, head };
    await team.check(head, 'trainyard / plan', concluded('success'));
  }, 60_000);

  test('is not trained by a command that does not name it', async () => {
    expect(await team.answer(await team.say(good.number, '/train'))).toBe('refused');
    await team.comment(good.number, new RegExp(`ben pushed the head.* repeat the command with \`@${good.head}\``));
    expect(await team.runs({ pull: good.number })).toEqual([]);
  });

  test('is trained once by one that does, also when it is delivered again under another id and its workflow dispatched again', async () => {
    const { ada, team: repository, github } = team.world;
    const comment = await team.say(good.number, `/train greeter @${good.head}`);
    await replay(comment);
    expect(await team.answer(comment)).toBe('done');
    await github.settled();
    await replay(comment);
    const [run] = await team.runs({ pull: good.number });
    expect(run?.record).toMatchObject({ commit: good.head, requestedBy: 'ada' });
    const id = run?.record.run ?? '';
    await ada.octokit.rest.actions.createWorkflowDispatch({
      ...repository,
      workflow_id: 'trainyard-train.yml',
      ref: 'trainyard/exec',
      inputs: { run_id: id, commit: good.head },
    });
    await team.check(good.head, 'trainyard / ready', concluded('success'), 120);
    const workflows = (await workflowRuns(team.world, `train ${id}`)).sort((a, b) => a.id - b.id);
    expect(workflows).toHaveLength(2);
    const [older, younger] = workflows;
    await until('the younger workflow run has ended', 60, async () =>
      (await jobs(younger?.id ?? 0)).every(({ status }) => status === 'completed'),
    );
    expect((await jobs(younger?.id ?? 0)).map(({ name, conclusion }) => `${name}: ${conclusion}`).sort()).toEqual([
      'trainyard / admit: success',
      'trainyard / fetch: skipped',
      'trainyard / restore: skipped',
      'trainyard / smoke: skipped',
      'trainyard / train: skipped',
    ]);
    const [ended, ...more] = await team.runs({ pull: good.number });
    expect(more).toEqual([]);
    expect(ended?.record).toMatchObject({
      run: id,
      state: { state: 'judged', verdict: 'candidate', trainRun: older?.id },
    });
    expect(await workflowRuns(team.world, `judge ${id}`)).toHaveLength(1);
    expect(await comments(good.number)).toBe(1);
    before = ended?.digest ?? '';
  }, 240_000);
});

describe('a command that can’t be carried out', () => {
  const unharmed = async (): Promise<void> => {
    const runs = await team.runs({ pull: good.number });
    expect(runs.map(({ digest }) => digest)).toEqual([before]);
    expect(await headOf(team.world, good.number)).toBe(good.head);
    const ready = (await checksOf(team.world, good.head)).filter(({ name }) => name === 'trainyard / ready');
    expect(ready).toMatchObject([{ conclusion: 'success' }]);
    expect(await comments(good.number)).toBe(1);
  };

  test.each([
    ['a typo in its name', '/trian greeter', /no command "\/trian"; did you mean "\/train"\?/],
    ['a typo in its flag', '/train greeter --froce', /--froce/],
    ['a model that is not there', '/train greter @HEAD', /no model "greter".*did you mean.*greeter/],
    ['a value out of range', '/train greeter --set rate=7 @HEAD', /rate.*1/],
    ['a value of another type', '/train greeter --set rate=fast @HEAD', /rate.*number/],
    ['a parameter that is not there', '/train greeter --set rat=0.3 @HEAD', /no parameter "rat".*did you mean.*rate/],
    ['a run that is not there', '/cancel', /a run in progress, but this pull request has none/],
    ['a commit that was never its head', `/train greeter @${'0'.repeat(40)}`, /never seen as the head/],
  ])('for %s is refused with words, and nothing is lost', async (_, text, says) => {
    expect(await team.answer(await team.say(good.number, text.replace('HEAD', good.head)))).toBe('refused');
    await team.comment(good.number, says);
    await unharmed();
  });

  test('by somebody who may not train is refused, and says who may', async () => {
    expect(await team.answer(await team.say(good.number, '/train --force', team.carol))).toBe('refused');
    await team.comment(good.number, /train needs .*write.*carol has the role "read"/);
    await unharmed();
  });

  test('that came into a comment by editing never runs', async () => {
    const { ada, team: repository } = team.world;
    const edited = await team.say(good.number, 'What do you think?');
    await ada.octokit.rest.issues.updateComment({ ...repository, comment_id: edited, body: '/train --force' });
    // What comes later in the same pull request is handled later.
    expect(await team.answer(await team.say(good.number, '/status'))).toBe('done');
    expect(await reactionsOn(team.world, edited)).toEqual([]);
    await unharmed();
  });

  test('by a bot never runs', async () => {
    const written = await commentAsBot(good.number, '/train --force');
    expect(await team.answer(await team.say(good.number, '/status'))).toBe('done');
    expect(await reactionsOn(team.world, written)).toEqual([]);
    await unharmed();
  });

  test('leaves the earlier run what a later /train returns', async () => {
    expect(await team.answer(await team.say(good.number, `/train @${good.head}`))).toBe('done');
    await team.comment(good.number, /was trained before, by run/);
    await unharmed();
  });
});

describe('a run that is trained once more to see whether it reproduces', () => {
  test('is compared with the one that it reproduces, byte by byte', async () => {
    const [first] = await team.runs({ pull: good.number });
    const of = first?.record.run ?? '';
    expect(await team.answer(await team.say(good.number, `/train --repro ${of} @${good.head}`))).toBe('done');
    await team.comment(good.number, /Reproduced.*the outputs are bit-equal to those of run/, 120);
    const runs = await team.runs({ pull: good.number });
    expect(runs).toHaveLength(2);
    expect(runs[0]?.record).toMatchObject({
      reproduces: of,
      state: { state: 'judged', verdict: 'candidate', reproduction: { kind: 'equal', of } },
    });
  }, 240_000);
});

async function commentAsBot(number: number, body: string): Promise<number> {
  const { github, team: repository, apiUrl, ada } = team.world;
  const app = github.createApp({
    slug: 'helpful',
    owner: 'acme',
    webhookUrl: null,
    webhookSecret: 'none of its deliveries is read',
    permissions: { issues: 'write', pull_requests: 'write' },
    events: [],
  });
  const installation = github.installApp(app, 'acme');
  const stranger = new App({
    appId: app.id,
    privateKey: app.privateKeyPem,
    Octokit: (ada.octokit.constructor as typeof import('octokit').Octokit).defaults({
      baseUrl: apiUrl,
      throttle: { enabled: false },
      retry: { enabled: false },
    }),
  });
  const octokit = await stranger.getInstallationOctokit(installation.id);
  const { data } = await octokit.rest.issues.createComment({ ...repository, issue_number: number, body });
  return data.id;
}

test('each refusal that the table of reasons places here was given here', () => {
  expectReasons(team, 'bad input');
});

test('each request, answer and webhook of all this fits GitHub’s own description', () => {
  team.assertConforms();
});
