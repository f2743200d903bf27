import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { marked } from 'marked';
import { afterAll, describe, expect, test } from 'vitest';
import { checkDataAlone, type Surroundings } from '../../../actions/check-data/check-data.ts';
import { Inputs } from '../../../actions/check-data/interface.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { readInputs } from '../../../actions/runtime/inputs.ts';
import { DataReport } from '../../../core/data/report/data-report.ts';
import { DataEngineError } from '../../../flows/check-data/ports.ts';
import { readAction } from '../../../scripts/action-readme.ts';
import { bundledEngines, conversion } from '../../adapters/duckdb/bundled-engines.ts';
import { call } from '../../cli/world.ts';
import { GREETER, ROWS } from '../example.ts';
import { lay, openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());

const CONTRACT = GREETER['src/rows.odcs.yaml'] ?? '';
const ROOT = join(import.meta.dirname, '..', '..', '..');
const { inputs: declared } = await readAction(ROOT, 'check-data');

/** The inputs as the runner gives them: what is not set has the default of action.yml. */
function inputsOf(given: Readonly<Record<string, string>>): Inputs {
  const all: Record<string, string> = { path: 'rows.csv', contract: 'rows.odcs.yaml', ...given };
  return readInputs(Inputs, (name) => all[name] ?? declared[name]?.default ?? '');
}

interface Checkout {
  readonly directory: string;
}

/** A checkout whose commit holds the base's files, and whose folder holds these. */
function checkout(files: Readonly<Record<string, string>>, base: Readonly<Record<string, string>> = {}): Checkout {
  const { directory } = stage.repository({ 'README.md': 'x', ...base });
  lay(directory, { 'rows.odcs.yaml': CONTRACT, ...files });
  return { directory };
}

async function checked(
  { directory }: Checkout,
  given: Readonly<Record<string, string>> = {},
  more: Partial<Surroundings> = {},
  environment: Record<string, string> = {},
) {
  const job = stage.job(environment);
  const outputs = await checkDataAlone(inputsOf(given), job, {
    engines: bundledEngines(),
    conversion,
    objects: openObjects(directory, process.env),
    workspace: directory,
    limits: { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 1024 },
    now: new Date('2026-06-01T12:00:00Z'),
    ...more,
  });
  return { outputs, job };
}

const errors = (said: readonly string[]): string[] => said.filter((line) => line.startsWith('error'));

test('good data is green, and says so', async () => {
  const { outputs, job } = await checked(checkout({ 'rows.csv': ROWS }));
  expect(outputs).toMatchObject({ status: 'passed', rows: '4', failedRules: 0 });
  expect(job.failures).toEqual([]);
  expect(job.summaries[0]).toContain('meets its contract: 4 rows');
});

test('bad data is red, annotated at its line, and every report is written', async () => {
  const place = checkout({ 'rows.csv': `${ROWS}5,hey,many\n` });
  const reports = { html: 'out/report.html', sarif: 'out/data.sarif', junit: 'out/junit.xml', json: 'out/report.json' };
  const { outputs, job } = await checked(place, reports);
  expect(outputs).toMatchObject({ status: 'failed', failedRules: 1, ...reports });
  expect(errors(job.said)[0]).toMatch(/^error rows\.csv:6: /);
  expect(job.failures).toEqual(['rows breaks 1 rule in 5 rows']);
  const report = DataReport.parse(JSON.parse(readFileSync(join(place.directory, 'out/report.json'), 'utf8')));
  expect(report.status).toBe('failed');
  for (const path of Object.values(reports)) expect(existsSync(join(place.directory, path)), path).toBe(true);
});

test.each([
  ['from the root of the disk', (root: string) => `${root}/`],
  ['from here', () => './'],
])('paths may be given %s, and are named as git has them', async (_what, before) => {
  const place = checkout({ 'rows.csv': `${ROWS}5,hey,many\n` }, { 'rows.csv': ROWS });
  const start = before(place.directory);
  const given = {
    path: `${start}rows.csv`,
    contract: `${start}rows.odcs.yaml`,
    'base-ref': 'main',
    json: 'report.json',
  };
  const { job } = await checked(place, given);
  expect(errors(job.said)[0]).toMatch(/^error rows\.csv:6: /);
  const report = DataReport.parse(JSON.parse(readFileSync(join(place.directory, 'report.json'), 'utf8')));
  expect(report).toMatchObject({ contract: 'rows.odcs.yaml', base: { source: 'rows.csv', diff: { added: 1 } } });
});

test('each rule has its line among the few that are shown', async () => {
  const rows = Array.from({ length: 40 }, () => '1,x,1\n').join('');
  const { job } = await checked(checkout({ 'rows.csv': `${ROWS}${rows}99,x,many\n98,x,7\n` }));
  const said = errors(job.said).join('\n');
  expect(said).toContain('expected integer, found "many"');
  expect(said).toContain('expected a value ≤ 1, found "7"');
});

test('no more annotations are made than GitHub shows', async () => {
  const rows = Array.from({ length: 40 }, (_, index) => `${index + 10},x,9\n`).join('');
  const { job } = await checked(checkout({ 'rows.csv': `${ROWS}${rows}` }));
  expect(errors(job.said).length).toBeLessThanOrEqual(10);
});

describe('what makes the job red:', () => {
  const odd = `${CONTRACT.trimEnd()}\n    customProperties:\n      - { property: trainyardExtraColumns, value: warn }\n`;
  const warned = {
    'rows.csv': ROWS.replaceAll(/$/gm, '')
      .replace('label\n', 'label,more\n')
      .replaceAll(/,([01])\n/g, ',$1,x\n'),
    'rows.odcs.yaml': odd,
  };
  test.each([
    ['failure', { 'rows.csv': `${ROWS}5,a,7\n` }, true],
    ['never', { 'rows.csv': `${ROWS}5,a,7\n` }, false],
    ['failure', warned, false],
    ['warning', warned, true],
    ['failure', { 'rows.csv': ROWS }, false],
  ])('%s', async (failOn, files, red) => {
    const { job } = await checked(checkout(files), { 'fail-on': failOn });
    expect(job.failures.length > 0).toBe(red);
  });

  test('what was not checked, whatever the reason', async () => {
    const error = new DataEngineError('not_installed', 'no library: put it there');
    const engines = { open: () => Promise.reject(error) };
    const { outputs, job } = await checked(checkout({ 'rows.csv': ROWS }), {}, { engines });
    expect(outputs.status).toBe('not_checked');
    expect(job.failures[0]).toContain('no library: put it there');
  });
});

describe('compares with', () => {
  const head = { 'data/rows.csv': `${ROWS}5,hey,1\n` };
  const given = { path: 'data/rows.csv', json: 'report.json' };
  const baseOf = ({ directory }: Checkout): DataReport['base'] =>
    DataReport.parse(JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8'))).base;

  test.each([
    ['a file', 'data/rows.csv', 'data/rows.csv'],
    ['a folder', 'data', 'data/rows.csv'],
    ['a glob', 'data/*.csv', 'data/rows.csv'],
  ])('%s of another commit, from git alone', async (_what, path, source) => {
    const place = checkout(head, { 'data/rows.csv': ROWS });
    await checked(place, { ...given, path, 'base-ref': 'main' });
    expect(baseOf(place)).toMatchObject({ source, rows: 4, diff: { added: 1, removed: 0 } });
  });

  test('a stored profile, where the base’s data can’t be had', async () => {
    const place = checkout({ ...head, 'before.csv': ROWS });
    const { code, err } = await call(
      ['data', 'profile', 'before.csv', '--dataset', 'rows', '--out', 'base.profile.json'],
      place,
    );
    expect(code, err).toBe(0);
    await checked(place, { ...given, 'base-profile': 'base.profile.json' });
    expect(baseOf(place)).toMatchObject({ source: 'base.profile.json', kind: 'profile', rows: 4, diff: null });
  });

  test('another file of the checkout', async () => {
    const place = checkout({ ...head, 'before.csv': ROWS });
    await checked(place, { ...given, base: 'before.csv' });
    expect(baseOf(place)).toMatchObject({ source: 'before.csv', rows: 4, diff: { added: 1 } });
  });

  test('nothing, and says so, where the other commit has no such data', async () => {
    const place = checkout(head);
    const { outputs, job } = await checked(place, { ...given, 'base-ref': 'main' });
    expect(outputs.status).toBe('passed');
    expect(baseOf(place)).toBeNull();
    expect(job.said[0]).toBe('notice: main has no data at data/rows.csv: there is nothing to compare with');
  });

  test('nothing where the other commit has a pointer alone, and still checks the head', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
    const place = checkout(head, { 'data/rows.csv': pointer });
    const { outputs } = await checked(place, { ...given, 'base-ref': 'main' });
    expect(outputs).toMatchObject({ status: 'not_checked', rows: '5', json: 'report.json' });
    expect(baseOf(place)).toMatchObject({ source: 'main:data/rows.csv', drift: [] });
    expect(baseOf(place)?.notCompared[0]?.reason).toMatch(/Git LFS pointer.*base-profile/);
  });

  test.each([
    ['a branch that is not in the checkout', { 'base-ref': 'nowhere' }, /git fetch --depth=1 origin nowhere/],
    ['what would be an option of git', { 'base-ref': '--output=/tmp/x' }, /is not in this checkout/],
    ['two bases', { 'base-ref': 'main', base: 'before.csv' }, /at most one of/],
    ['a profile that is none', { 'base-profile': 'data/rows.csv' }, /base-profile data\/rows\.csv can’t be used/],
  ])('nothing where it is asked for %s', async (_what, more, message) => {
    await expect(checked(checkout(head), { ...given, ...more })).rejects.toThrow(message);
  });
});

test('rows that a model is tested on are found in the data', async () => {
  const place = checkout({ 'rows.csv': ROWS, 'eval/holdout.csv': 'id,word,label\n1,hello,1\n' });
  const { outputs, job } = await checked(place, { overlap: 'eval/holdout.csv' });
  expect(outputs.status).toBe('failed');
  expect(job.summaries[0]).toContain('overlap');
});

test('what lies at an address is read where the step names it, and nowhere else', async () => {
  const server = createServer((_request, response) => response.end(ROWS));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/data/rows.csv`;
  const allowed = { TRAINYARD_ALLOW_PRIVATE_ADDRESSES: '1' };
  const { outputs } = await checked(checkout({}), { path: url }, {}, allowed);
  expect(outputs).toMatchObject({ status: 'passed', rows: '4' });
  const refused = await checked(checkout({}), { path: url });
  expect(refused.outputs.status).toBe('not_checked');
  server.close();
});

test('a contract that is none fails at its lines, and every report is written', async () => {
  const place = checkout({ 'rows.csv': ROWS, 'rows.odcs.yaml': 'kind: DataContract\nschema: 3\n' });
  const reports = { html: 'report.html', sarif: 'data.sarif', junit: 'junit.xml', json: 'report.json' };
  const { outputs, job } = await checked(place, { ...reports, contract: './rows.odcs.yaml' });
  expect(outputs).toMatchObject({ status: 'failed', ...reports });
  const report = DataReport.parse(JSON.parse(readFileSync(join(place.directory, 'report.json'), 'utf8')));
  expect(report).toMatchObject({
    status: 'failed',
    findings: [{ rule: 'contract', file: 'rows.odcs.yaml', line: 1 }, {}, {}, {}, {}],
  });
  for (const path of Object.values(reports)) expect(existsSync(join(place.directory, path)), path).toBe(true);
  expect(errors(job.said)[0]).toMatch(/^error rows\.odcs\.yaml:\d+: /);
  expect(job.failures).toHaveLength(1);
});

test('a contract that is not there is said, with its path', async () => {
  const place = checkout({ 'rows.csv': ROWS });
  await expect(checked(place, { contract: 'gone.odcs.yaml' })).rejects.toThrow(
    /the contract gone\.odcs\.yaml can’t be read: .*ENOENT/,
  );
});

test('a rule that is wrong in itself is annotated, and the others are checked', async () => {
  const rules = '\n    quality:\n      - { metric: rowCount }\n      - { metric: rowCount, mustBe: 9 }\n';
  const { outputs, job } = await checked(
    checkout({ 'rows.csv': ROWS, 'rows.odcs.yaml': `${CONTRACT.trimEnd()}${rules}` }),
  );
  expect(outputs).toMatchObject({ status: 'failed', failedRules: 1 });
  expect(errors(job.said).join('\n')).toMatch(/rowCount: no operator, write what it must be/);
});

test('several datasets in one job are told apart in summary, verdict and SARIF', async () => {
  const other = CONTRACT.replaceAll('rows', 'words');
  const bad = `${ROWS}5,hey,7\n`;
  const place = checkout({ 'rows.csv': ROWS, 'words.csv': bad, 'words.odcs.yaml': other });
  const first = await checked(place, { sarif: 'rows.sarif' });
  const given = { path: 'words.csv', contract: 'words.odcs.yaml', sarif: 'words.sarif' };
  const second = await checked(place, given);
  expect([first.outputs.status, second.outputs.status]).toEqual(['passed', 'failed']);
  expect([first.job.summaries[0], second.job.summaries[0]]).toEqual([
    expect.stringContaining('`rows` meets its contract'),
    expect.stringContaining('`words` breaks 1 rule'),
  ]);
  expect(second.job.failures).toEqual(['words breaks 1 rule in 5 rows']);
  // Code scanning takes a second analysis of the same name in place of the first.
  const idOf = (name: string): string =>
    JSON.parse(readFileSync(join(place.directory, name), 'utf8')).runs[0].automationDetails.id;
  expect(idOf('rows.sarif')).not.toBe(idOf('words.sarif'));
});

test('a fork’s job, which has no token that writes, says all of it in summary, annotations and exit code', async () => {
  const place = checkout({ 'rows.csv': `${ROWS}5,hey,7\n` });
  const { job } = await checked(place, {}, {}, { GITHUB_TOKEN: '', ACTIONS_RUNTIME_TOKEN: '' });
  expect(job.summaries[0]).toContain('breaks 1 rule');
  expect(errors(job.said)[0]).toMatch(/^error rows\.csv:6: /);
  expect(job.failures).toHaveLength(1);
});

describe('a pull request’s link leads nowhere:', () => {
  const secret = join(stage.base, 'secret.csv');
  writeFileSync(secret, 'id,word,label\n1,token,1\n');

  test.each([
    ['data', 'rows.csv', secret],
    ['data in git’s own folder', 'rows.csv', '.git/config'],
  ])('%s', async (_what, name, target) => {
    const place = checkout({});
    symlinkSync(target, join(place.directory, name));
    const { outputs, job } = await checked(place);
    expect(outputs.status).toBe('not_checked');
    expect(JSON.stringify([job.said, job.summaries, job.failures])).not.toContain('token');
  });

  test('a contract', async () => {
    const place = stage.repository({ 'rows.csv': ROWS });
    lay(place.directory, { 'rows.csv': ROWS });
    symlinkSync('.git/config', join(place.directory, 'rows.odcs.yaml'));
    await expect(checked(place)).rejects.toThrow(/leads out of the checkout/);
  });

  test('the place of a report', async () => {
    const place = checkout({ 'rows.csv': ROWS });
    symlinkSync(secret, join(place.directory, 'report.html'));
    await checked(place, { html: 'report.html' });
    expect(readFileSync(secret, 'utf8')).toContain('token');
    symlinkSync(stage.base, join(place.directory, 'out'));
    await expect(checked(place, { html: 'out/report.html' })).rejects.toThrow(/out leads out of the checkout/);
  });
});

test('text from the data has no voice in the summary', async () => {
  const evil = '<img src=x onerror=alert(1)>|@ada #1 ](javascript:alert(1))';
  const { job } = await checked(checkout({ 'rows.csv': `id,word,label\n1,a,"${evil}"\n` }));
  expect(await marked.parse(job.summaries[0] ?? '')).not.toContain('<img');
});

test.each([
  ['memory', '12'],
  ['timeout', '-1'],
  ['fail-on', 'always'],
  ['with', 'airports'],
])('an input that says nothing sensible is refused: %s', (name, value) => {
  expect(() => inputsOf({ [name]: value })).toThrow(new RegExp(`^.*\n?${name}`, 'm'));
});
