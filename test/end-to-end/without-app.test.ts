import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateSigningKey } from '../../adapters/signing/local-key.ts';
import { pushTeam } from '../../scripts/demo/repositories.ts';
import { CACHE } from '../../scripts/demo/toolbox.ts';
import { createWorld, type World } from '../../scripts/demo/world.ts';
import { recordingJudge } from '../conformance/recording-judge.ts';
import { comparable } from './without-app/comparable.ts';
import { teamWith, type Walked, walk } from './without-app/path.ts';

const judge = recordingJudge();
let directory: string;
/** One GitHub, two repositories of one team: `acme/flights` has the App, `acme/tally` has not. */
let world: World;
let without: World;
let signed: { readonly withApp: Walked; readonly without: Walked };

/** Policy trusts both keys in both repositories, so that it is the same policy and only who signs differs. */
async function withoutApp(privatePem: string, template: string): Promise<World> {
  const team = { owner: 'acme', repo: 'tally' };
  const repository = await world.github.createRepository({ owner: team.owner, name: team.repo, private: true });
  world.github.addCollaborator(repository, 'ada', 'maintain');
  const secrets = { TRAINYARD_SIGNING_KEY: privatePem };
  world.github.createEnvironment(repository, 'trainyard', { branches: ['main'], secrets });
  const url = world.github.urls.git(team.owner, team.repo);
  const keyOfTheApp = readFileSync(join(world.work.directory, 'keys/trainyard.pub'), 'utf8');
  return { ...world, team, work: await pushTeam(join(directory, 'tally'), url, world.ada, keyOfTheApp, template) };
}

beforeAll(async () => {
  mkdirSync(CACHE, { recursive: true });
  directory = mkdtempSync(join(CACHE, 'without-app-'));
  const key = generateSigningKey();
  const { observe, observeDelivery } = judge;
  const template = teamWith('workflows', join(directory, 'with'), key.publicPem);
  world = await createWorld({ directory, template, observe, observeDelivery });
  without = await withoutApp(key.privatePem, teamWith('without-app', join(directory, 'without'), key.publicPem));
  const [a, b] = await Promise.all([walk(world), walk(without)]);
  signed = { withApp: a, without: b };
}, 150_000);

afterAll(async () => {
  await world?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('both ways end in equal ledger entries and run records but for signer, ids and times', () => {
  expect(comparable(signed.without)).toEqual(comparable(signed.withApp));
});

test('each ledger is signed by the key of its own place', () => {
  const keys = [signed.withApp, signed.without].map(({ entries, records }) => [
    ...new Set([...entries, ...records].map(({ keyid }) => keyid)),
  ]);
  expect(keys.map((one) => one.length)).toEqual([1, 1]);
  expect(keys[0]).not.toEqual(keys[1]);
});

test('every request, answer and webhook fits GitHub’s own description', () => {
  judge.assertClean();
});
