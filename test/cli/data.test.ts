import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataReport } from '../../core/data/report/data-report.ts';
import { contractText } from '../core/data/contract-samples.ts';
import { call } from './world.ts';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-data-'));
  writeFileSync(join(directory, 'c.yaml'), contractText('- { name: a, logicalType: integer }'));
  writeFileSync(join(directory, 'good.csv'), 'a\n1\n');
  writeFileSync(join(directory, 'bad.csv'), 'a\n1\nx\n');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ['good.csv', 0, /meets its contract/],
  ['bad.csv', 1, /bad\.csv:3 {2}a {2}expected integer, found "x"/],
  ['nowhere.csv', 2, /no file matches/],
])('data check of %s ends with %i', async (file, code, says) => {
  const said = await call(['data', 'check', file, '--contract', 'c.yaml'], { directory });
  expect([said.code, said.out]).toEqual([code, expect.stringMatching(says)]);
});

test('--json prints the report, and the files asked for are written', async () => {
  const outputs = ['--html', 'r.html', '--sarif', 'r.sarif', '--junit', 'r.xml'];
  const { code, out } = await call(['data', 'check', 'bad.csv', '--contract', 'c.yaml', '--json', ...outputs], {
    directory,
  });
  expect([code, DataReport.parse(JSON.parse(out)).status]).toEqual([1, 'failed']);
  expect(readFileSync(join(directory, 'r.html'), 'utf8')).toContain('<!doctype html>');
  expect(JSON.parse(readFileSync(join(directory, 'r.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
  expect(existsSync(join(directory, 'r.xml'))).toBe(true);
});

test.each([
  [['check', 'good.csv'], /--contract is missing/],
  [
    ['check', 'good.csv', '--contract', 'nope.yaml'],
    /nope\.yaml can’t be read: there is no such file.*trainyard data init good\.csv --out nope\.yaml/,
  ],
  [
    ['check', 'good.csv', '--contract', 'c.yaml', '--html', 'nope/r.html'],
    /--html nope\/r\.html can't be written: there is no such file or folder/,
  ],
  [['look', 'good.csv', '--contract', 'c.yaml'], /expected check, profile or init, got look/],
  [['check', 'good.csv', '--contract', 'c.yaml', '--memory', 'much'], /--memory takes mebibytes/],
])('data %j is a wrong call', async (args, says) => {
  const { code, err } = await call(['data', ...args], { directory });
  expect([code, err]).toEqual([2, expect.stringMatching(says)]);
});
