import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleActions } from '../../../scripts/bundle-actions.ts';
import { type Files, type Outcome, openPlayground, type Playground } from '../../local/workflows/playground.ts';
import { GREETER, ROWS } from '../example.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CONTRACT = GREETER['src/rows.odcs.yaml'] ?? '';

let playground: Playground;
beforeAll(async () => {
  playground = await openPlayground({ jobEnvironment: { TRAINYARD_DUCKDB: join(ROOT, 'node_modules') } });
  await playground.repository('trainyard', await ourFiles());
  const { body } = await playground.api('GET', '/repos/ada/trainyard/git/ref/heads/main');
  await playground.api('POST', '/repos/ada/trainyard/git/refs', { ref: 'refs/tags/v1', sha: body.object.sha });
  await playground.repository('team', {
    '.github/workflows/data.yml': await exampleOfReadme(),
    'data/flights.odcs.yaml': CONTRACT,
    'data/flights.csv': ROWS,
  });
});
afterAll(async () => {
  playground.judge.assertClean();
  await playground.close();
});

async function ourFiles(): Promise<Files> {
  const files: Record<string, string> = {
    'actions/check-data/action.yml': await readFile(join(ROOT, 'actions/check-data/action.yml'), 'utf8'),
  };
  for (const [name, text] of await bundleActions(ROOT, ['check-data'])) files[`actions/dist/${name}`] = text;
  return files;
}

/** The workflow that the README tells people to copy, calling the repository of this world. */
async function exampleOfReadme(): Promise<string> {
  const readme = await readFile(join(ROOT, 'actions/check-data/README.md'), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  return example.replaceAll('uses: trainyard/trainyard/', 'uses: ada/trainyard/');
}

let branches = 0;

/** Opens a pull request with the change. @returns the run that it starts. */
async function opened(files: Files): Promise<Outcome> {
  branches += 1;
  const branch = `change-${branches}`;
  await playground.push('team', branch, files);
  const pull = { title: 'A change', head: branch, base: 'main' };
  await playground.api('POST', '/repos/ada/team/pulls', pull);
  await playground.settled();
  const { body } = await playground.api('GET', `/repos/ada/team/actions/runs?branch=${branch}`);
  return playground.outcome(body.workflow_runs[0].id);
}

async function artifactsOf(run: Outcome): Promise<string[]> {
  const { body } = await playground.api('GET', `/repos/ada/team/actions/runs/${run.run.id}/artifacts`);
  return body.artifacts.map(({ name }: { name: string }) => name);
}

test('the example of the README is green on good data, and keeps the report', async () => {
  const run = await opened({ 'data/flights.csv': `${ROWS}5,hey,1\n` });
  expect(run.job('check').conclusion, await run.log('check')).toBe('success');
  expect(await run.log('check')).toContain('rows meets its contract: 5 rows');
  expect(await artifactsOf(run)).toEqual(['data-report']);
});

test('it is red on a bad row, named at its line, and keeps the report all the same', async () => {
  const run = await opened({ 'data/flights.csv': `${ROWS}5,hey,7\n` });
  expect(run.job('check').conclusion, await run.log('check')).toBe('failure');
  expect(await run.log('check')).toContain('rows breaks 1 rule in 5 rows');
  const { body } = await playground.api('GET', `/repos/ada/team/check-runs/${run.job('check').id}/annotations`);
  expect(body).toContainEqual(expect.objectContaining({ path: 'data/flights.csv', start_line: 6 }));
  expect(await artifactsOf(run)).toEqual(['data-report']);
});
