import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { GitId } from '../../core/names.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, ENVIRONMENT, makeKey, runId, sha256 } from '../core/samples.ts';
import { judgedBy } from './judge-result.ts';

const key = makeKey();
const ELSEWHERE = { ...ENVIRONMENT, python: '3.11.9' };
let world: World;
let base: GitId;

beforeAll(async () => {
  world = await startWorld();
  base = await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
});
afterAll(() => world.close());

test('what a job was trained with comes into the signed record with its judgement', async () => {
  const state = await judgedBy(world, key, { run: 1, base, result: { environment: ENVIRONMENT } });
  expect(state).toMatchObject({ state: 'judged', environment: ENVIRONMENT });
});

test('of an engine’s run it stays as its own status said, whatever comes with the judgement', async () => {
  const judging = { environment: ENVIRONMENT };
  const state = await judgedBy(world, key, { run: 2, base, judging, result: { environment: ELSEWHERE } });
  expect(state).toMatchObject({ environment: ENVIRONMENT });
});

test('a record of training that said nothing has no such key, so that records from before keep their digests', async () => {
  expect(await judgedBy(world, key, { run: 3, base, result: {} })).not.toHaveProperty('environment');
});

test('a run that reproduces another says where what they were trained with differs', async () => {
  /** By the judge run that made it. */
  const packageOf = (run: number) => {
    return { sha256: sha256(`package ${run}`), size: 1, artifact: { id: 3, digest: sha256('zip'), runId: 20 + run } };
  };
  await judgedBy(world, key, { run: 4, base, result: { environment: ENVIRONMENT, package: packageOf(4) } });
  const again = { run: 5, base, record: { reproduces: runId(4) } };
  const state = await judgedBy(world, key, { ...again, result: { environment: ELSEWHERE, package: packageOf(5) } });
  expect(state).toMatchObject({
    reproduction: { kind: 'differs', differences: ['the version of Python was 3.12.4 and is 3.11.9'] },
  });
});
