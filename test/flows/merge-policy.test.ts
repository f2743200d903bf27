import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { ModelName } from '../../core/names.ts';
import { readiness, readScene } from '../../flows/readiness.ts';
import { OWNER, REPO } from '../adapters/github/world.ts';
import { lockEntry, unlockEntry } from '../core/ledger/samples.ts';
import { repository } from './ports.ts';
import { delayState, type Releasing, startReleasing } from './releasing.ts';

const where = { owner: OWNER, repo: REPO };
const model = { kind: 'model', name: ModelName.parse('delay') } as const;
const POLICY = `  require: { merge: { labels: [reviewed] } }
  freeze: [{ from: '2026-11-02T12:00:00Z', to: '2026-11-02T14:00:00Z', reason: launch }]
`;
let at: Releasing;
beforeAll(async () => {
  at = await startReleasing(POLICY);
});
afterAll(() => at.close());

const ready = async (pull: number) => readiness(at.ports, await readScene(at.ports, await at.ports.pulls.get(pull)));
const label = (issue_number: number) =>
  at.world.ada.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
    ...where,
    issue_number,
    labels: ['reviewed'],
  });

test('a merge without the label that policy asks for promotes nothing, and says so', async () => {
  const pull = await at.propose('one');
  await at.train(pull, 1);
  expect(await ready(pull)).toMatchObject({
    state: 'action_required',
    title: 'policy asks for more before a merge: the pull request needs the label “reviewed”, and has none',
  });
  expect(await at.merge(pull)).toMatchObject({
    code: 'not_promoted',
    message: expect.stringMatching(/merged without what policy asks for before a merge: .*“reviewed”/),
  });
  expect(await delayState(at.ports)).toMatchObject({ versions: [] });
});

test('a merge in a freeze window makes the version and moves no stage', async () => {
  const pull = await at.propose('two');
  await at.train(pull, 2);
  await label(pull);
  expect(await ready(pull)).toMatchObject({ state: 'success', title: expect.stringContaining('merging promotes run') });
  at.now = '2026-11-02T13:00:00Z';
  expect((await ready(pull)).title).toContain(
    'staging is in a freeze window of policy until 2026-11-02T14:00:00Z: launch',
  );
  expect(await at.merge(pull)).toMatchObject({
    code: 'promoted',
    message: expect.stringContaining('stays where it is'),
  });
  expect(await delayState(at.ports)).toMatchObject({ versions: ['1.0.0'], stages: {} });
  at.now = '2026-11-02T15:00:00Z';
});

test('a change of policy is asked for the label as well', async () => {
  const pull = await at.propose('three', { [CONFIG_PATH]: await changedConfig() });
  expect(await ready(pull)).toMatchObject({ state: 'action_required', title: expect.stringContaining('“reviewed”') });
  await label(pull);
  expect(await ready(pull)).toMatchObject({ state: 'success', title: expect.stringMatching(/^policy change/) });
});

test('a locked model is not trained from the default branch after its policy changed', async () => {
  await at.enter(lockEntry({ repository, target: model, reason: 'no money', keep: true }));
  expect(await at.merge(3)).toMatchObject({
    code: 'not_promoted',
    message: expect.stringMatching(
      /not trained under the new policy: the model is locked by ada: no money; .*trainyard train delay --ref main/,
    ),
  });
  await at.enter(unlockEntry({ repository, target: model }));
});

test('a model whose data lies elsewhere is not trained from the default branch either', async () => {
  const data = 'data: { rows: { path: data/rows.csv, location: s3://mallory/rows.csv } }';
  const pull = await at.propose('four', {
    [CONFIG_PATH]: (await changedConfig())
      .replace('timeout: 2h', 'timeout: 3h')
      .replace('    train:', `    ${data}\n    train:`),
    'data/rows.csv': 'id\n1\n',
  });
  expect(await at.merge(pull)).toMatchObject({
    code: 'not_promoted',
    message: expect.stringMatching(/not trained under the new policy: dataset rows: .*policy\.locations/),
  });
});

/** The config with another timeout, which is policy. */
async function changedConfig(): Promise<string> {
  const main = await at.ports.source.branchHead('main');
  if (main === null) throw new Error('there is no main');
  const bytes = await at.ports.source.file(main, CONFIG_PATH, 100_000);
  return new TextDecoder()
    .decode(bytes ?? new Uint8Array())
    .replace('python train.py }', 'python train.py, timeout: 2h }');
}
