import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contractText } from '../core/data/contract-samples.ts';
import { call } from './world.ts';

/** `trainyard data check` with other datasets beside the one that is checked. */
let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-beside-'));
  writeFileSync(join(directory, 'c.yaml'), contractText('- { name: a, relationships: [{ to: keys.k }] }'));
  writeFileSync(join(directory, 'plain.yaml'), contractText('- name: a'));
  writeFileSync(join(directory, 'data.csv'), 'a\nx\ny\n');
  writeFileSync(join(directory, 'keys.csv'), 'k\nx\ny\n');
  writeFileSync(join(directory, 'some=keys.csv'), 'k\nx\n');
  writeFileSync(join(directory, 'train.csv'), 'a\ny\nz\n');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ['all are there', ['c.yaml', '--with', 'keys=keys.csv'], 0, /meets its contract/],
  ['one is not there', ['c.yaml', '--with', 'keys=some=keys.csv'], 1, /data\.csv:3.*"y"/],
  ['none is given', ['c.yaml'], 2, /pass it with --with keys=FILE/],
  ['it shares a row', ['plain.yaml', '--overlap', 'train.csv'], 1, /data\.csv:3.*also in \\?"train\.csv/],
])('keys and rows of other datasets decide: %s', async (_, args, code, says) => {
  const said = await call(['data', 'check', 'data.csv', '--contract', ...args], { directory });
  expect([said.code, said.out]).toEqual([code, expect.stringMatching(says)]);
});

test.each(['keys', '=keys.csv', 'keys='])('--with %s is a wrong call', async (text) => {
  const { code, err } = await call(['data', 'check', 'data.csv', '--contract', 'c.yaml', '--with', text], {
    directory,
  });
  expect([code, err]).toEqual([2, expect.stringContaining('--with takes NAME=FILE')]);
});
