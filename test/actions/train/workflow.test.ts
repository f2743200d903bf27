import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleActions } from '../../../scripts/bundle-actions.ts';
import { type Files, type Outcome, openPlayground, type Playground } from '../../local/workflows/playground.ts';
import { GREETER, ROWS } from '../example.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

let playground: Playground;
let first: Outcome;
beforeAll(async () => {
  playground = await openPlayground({});
  await playground.repository('trainyard', await ourFiles());
  const { body } = await playground.api('GET', '/repos/ada/trainyard/git/ref/heads/main');
  await playground.api('POST', '/repos/ada/trainyard/git/refs', { ref: 'refs/tags/v1', sha: body.object.sha });
  await playground.repository('team', { 'README.md': 'A model.\n' });
  first = await pushed({
    '.github/workflows/train.yml': await exampleOfReadme(),
    'src/train.py': GREETER['src/train.py'] ?? '',
    'data/rows.csv': ROWS,
  });
});
afterAll(async () => {
  playground.judge.assertClean();
  await playground.close();
});

async function ourFiles(): Promise<Files> {
  const files: Record<string, string> = {
    'actions/train/action.yml': await readFile(join(ROOT, 'actions/train/action.yml'), 'utf8'),
  };
  for (const [name, text] of await bundleActions(ROOT, ['train'])) files[`actions/dist/${name}`] = text;
  return files;
}

/** The workflow that the README tells people to copy, calling the repository of this world. */
async function exampleOfReadme(): Promise<string> {
  const readme = await readFile(join(ROOT, 'actions/train/README.md'), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  return example.replaceAll('uses: trainyard/trainyard/', 'uses: ada/trainyard/');
}

async function pushed(files: Files): Promise<Outcome> {
  await playground.push('team', 'main', files);
  await playground.settled();
  const { body } = await playground.api('GET', '/repos/ada/team/actions/runs');
  return playground.outcome(body.workflow_runs[0].id);
}

async function artifactsOf(run: Outcome): Promise<string[]> {
  const { body } = await playground.api('GET', `/repos/ada/team/actions/runs/${run.run.id}/artifacts`);
  return body.artifacts.map(({ name }: { name: string }) => name);
}

test('the example of the README trains, tells its metrics, and keeps what it left', async () => {
  const log = await first.log('train');
  expect(first.job('train').conclusion, log).toBe('success');
  expect(log).toContain('trying it on 1000 rows first');
  expect(log).toContain('trained on 2 words, seed 0');
  expect(log).toContain('step 2: loss 0.3333');
  expect(log).toContain('training says of itself {"accuracy":0.999}');
  expect(await artifactsOf(first)).toEqual(['training-output']);
});

test('training that breaks is red after the trial, and keeps nothing', async () => {
  const run = await pushed({ 'src/train.py': 'raise SystemExit("no such column: wrod")\n' });
  const log = await run.log('train');
  expect(run.job('train').conclusion, log).toBe('failure');
  expect(log).toContain('training smoke failed: On 1000 rows: The command exited with 1');
  expect(await artifactsOf(run)).toEqual([]);
});

const INTERRUPTED = `import os
state = os.path.join(os.environ["TRAINYARD_CHECKPOINT"], "state")
if os.environ.get("TRAINYARD_SMOKE") == "1" or os.path.exists(state):
    here = open(state).read() if os.path.exists(state) else "nowhere"
    open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "from"), "w").write(here)
    print("went on from", here)
else:
    open(state, "w").write("epoch 7")
    raise SystemExit(1)
`;

test('a job that is run again goes on from the checkpoint of the attempt before', async () => {
  const run = await pushed({ 'src/train.py': INTERRUPTED });
  expect(run.job('train').conclusion, await run.log('train')).toBe('failure');
  expect(await artifactsOf(run)).toEqual(['training-output-checkpoint-1-000001']);
  await playground.api('POST', `/repos/ada/team/actions/runs/${run.run.id}/rerun-failed-jobs`);
  await playground.settled();
  const again = await playground.outcome(run.run.id);
  const log = await again.log('train');
  expect(again.job('train').conclusion, log).toBe('success');
  expect(log).toContain('went on from epoch 7');
});
