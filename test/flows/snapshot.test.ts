import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { assess } from '../../flows/assessment.ts';
import { requireConfig, takePolicySnapshot, takeSnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, makeKey } from '../core/samples.ts';

const { pem } = makeKey().public;
let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const snapshotOf = async (files: Readonly<Record<string, string>>) => {
  const commit = await world.commit('main', files);
  return takePolicySnapshot(world.ports, commit);
};

describe('policy', () => {
  test('holds the config of the default branch and the keys that it names', async () => {
    const policy = await snapshotOf({ [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': pem });
    expect(policy).toMatchObject({ branch: 'main', present: true, problems: [], keys: [{ pem }] });
    expect(requireConfig(policy, 'the default branch').policy.signing?.keys).toEqual(['keys/trainyard.pub']);
  });

  test.each([
    ['is not there', { 'keys/other.pub': pem }, /keys\/lost\.pub, which is not there/],
    ['is no key', { 'keys/lost.pub': 'ssh-rsa AAAA\n' }, /keys\/lost\.pub, which is no key that can be used/],
  ])('with a key that %s is unreadable as a whole, at the line that names it', async (_, files, says) => {
    const config = CONFIG_TEXT.replace('keys/trainyard.pub', 'keys/lost.pub');
    const policy = await snapshotOf({ [CONFIG_PATH]: config, ...files });
    expect(policy).toMatchObject({ config: null, keys: [], present: true });
    const line = config.split('\n').findIndex((text) => text.includes('keys/lost.pub')) + 1;
    expect(policy.problems).toMatchObject([{ file: CONFIG_PATH, line, column: 21, message: says }]);
    expect(() => requireConfig(policy, 'the default branch')).toThrow(`${CONFIG_PATH}:${line}:21: `);
    const head = await takeSnapshot(world.ports, policy.commit);
    const { problems, models } = assess(policy, head, head);
    expect([problems, models]).toEqual([[expect.stringMatching(/^default branch: .*policy\.signing\.keys/)], []]);
  });

  test('that is not there at all has no problem, and nothing to go by', async () => {
    const commit = await world.commit('empty', { 'README.md': 'no config\n' });
    const policy = await takePolicySnapshot(world.ports, commit);
    expect(policy).toMatchObject({ config: null, present: false, problems: [], keys: [] });
  });
});

const STAGED = CONFIG_TEXT.replace(/run: .*/, 'stage: train');
const DVC = 'stages: {train: {cmd: python train.py}}\n';

describe('a stage of dvc.yaml', () => {
  test.each([
    ['is too large', { 'dvc.yaml': `${DVC}#${' '.repeat(1 << 20)}\n` }],
    ['has parameters that are too large', { 'dvc.yaml': DVC, 'params.yaml': `#${' '.repeat(1 << 20)}\n` }],
  ])('that %s is a problem of its model alone', async (_, files) => {
    const policy = await snapshotOf({ [CONFIG_PATH]: STAGED, 'keys/trainyard.pub': pem, ...files });
    expect(policy.config).not.toBeNull();
    expect(policy.stages?.get('train')).toMatchObject({ ok: false, message: expect.stringMatching(/^train: .*yaml/) });
  });
});
