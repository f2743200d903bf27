import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../core/config/parse.ts';
import { splitHoldout } from '../../core/data/holdout.ts';
import { call } from '../cli/world.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');
const read = (path: string): string => readFileSync(join(EXAMPLES, path), 'utf8');
const CONTRACT = join(EXAMPLES, 'moons-pytorch/data/moons.odcs.yaml');
const CHECK = ['--contract', CONTRACT, '--overlap', join(EXAMPLES, 'moons-pytorch/eval/holdout.csv')];

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'moons-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('its config is accepted, and its holdout splits into features and labels', () => {
  const parsed = parseConfig(read('moons-pytorch/.github/trainyard.yml'));
  expect(parsed).toMatchObject({ ok: true, config: { models: { moons: { train: { setup: 'requirements.lock' } } } } });
  const holdout = splitHoldout(Buffer.from(read('moons-pytorch/eval/holdout.csv')), { labels: ['lower'], id: 'id' });
  expect(holdout).toMatchObject({ ok: true, features: expect.any(Uint8Array) });
});

test('its data meets its contract and shares no row with the holdout; a wrong label does not meet it', async () => {
  const data = join(EXAMPLES, 'moons-pytorch/data/moons.csv');
  expect(await call(['data', 'check', data, ...CHECK], { directory })).toMatchObject({ code: 0, err: '' });
  writeFileSync(join(directory, 'moons.csv'), readFileSync(data, 'utf8').replace(/,1\n/, ',2\n'));
  const broken = await call(['data', 'check', 'moons.csv', ...CHECK], { directory });
  expect([broken.code, broken.out]).toEqual([1, expect.stringMatching(/moons\.csv:\d+ {2}lower /)]);
});

test('its workflows are those of the other example', () => {
  for (const name of ['trainyard-train.yml', 'trainyard-judge.yml', 'trainyard-validate.yml'])
    expect(read(`moons-pytorch/.github/workflows/${name}`)).toBe(read(`flight-delay/.github/workflows/${name}`));
});

test('its lock names what it asks for, each with a hash, and no registry', () => {
  const wanted = read('moons-pytorch/requirements.in')
    .split('\n')
    .filter((line) => /^[a-z]/.test(line));
  const lock = read('moons-pytorch/requirements.lock');
  const pinned = [...lock.matchAll(/^([a-z][a-z0-9-]*==[^\s;]+)[^\n]*\n( {4}--hash=sha256:[0-9a-f]{64})/gm)].map(
    ([, pin]) => pin,
  );
  expect(pinned).toEqual(expect.arrayContaining(wanted));
  expect(pinned).toHaveLength([...lock.matchAll(/^[a-z]/gm)].length);
  expect(lock).not.toMatch(/:\/\//);
});
