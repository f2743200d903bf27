import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runScenario, STEPS } from '../../scripts/demo/scenario.ts';
import { summary } from '../../scripts/demo/summary.ts';
import { createWorld, type World } from '../../scripts/demo/world.ts';
import { CACHE } from '../../scripts/python-environment.ts';
import { recordingJudge } from '../conformance/recording-judge.ts';

const judge = recordingJudge();
let directory: string;
let world: World;

beforeAll(async () => {
  mkdirSync(CACHE, { recursive: true });
  directory = mkdtempSync(join(CACHE, 'loop-'));
  world = await createWorld({ directory, observe: judge.observe, observeDelivery: judge.observeDelivery });
}, 240_000);

afterAll(async () => {
  await world?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('the demo’s story happens, from an opened pull request to a promoted model', async () => {
  const done: string[] = [];
  let title = '';
  await runScenario(world, {
    begin: (_number, begun) => {
      title = begun;
    },
    say() {},
    end: (seconds) => {
      done.push(title);
      if (process.env['VERBOSE']) process.stderr.write(`${seconds.toFixed(1)} s ${title}\n`);
    },
  });
  expect(done).toEqual(STEPS.map((step) => step.title));
}, 600_000);

test('what the summary says is what the local GitHub holds', async () => {
  const lines = await summary(world);
  const expected = [
    /^PR #1 .+ \(merged\): ready success – flight-delay: merging promotes run [0-9A-Z]{26}$/,
    /^PR #2 .+ \(open\): ready (action_required|failure) – flight-delay/,
    /^PR #3 .+ \(merged\): ready failure – flight-delay: run [0-9A-Z]{26} is stale: /,
    /^PR #4 .+ \(open\): ready success – no model affected$/i,
    /^PR #5 .+ \(open\): ready success – policy change: this merge promotes nothing; main is trained after it$/i,
    /^tag flight-delay#production#1 → tag [0-9a-f]{10}$/,
    /^tag flight-delay#production#3 → tag [0-9a-f]{10}$/,
    /^tag flight-delay#staging#2 → tag [0-9a-f]{10}$/,
    /^tag flight-delay@v1\.0\.0 → tag [0-9a-f]{10}$/,
    /^tag flight-delay@v1\.1\.0 → tag [0-9a-f]{10}$/,
    /^release flight-delay@v1\.1\.0: flight-delay-1\.1\.0\.tar, \d+ bytes, sha256 [0-9a-f]{16}…$/,
    /^release flight-delay@v1\.0\.0: flight-delay-1\.0\.0\.tar, \d+ bytes, sha256 [0-9a-f]{16}…$/,
    /^deployment production: flight-delay 1\.1\.0$/,
    /^deployment staging: flight-delay 1\.1\.0$/,
    /^deployment production: flight-delay 1\.0\.0$/,
    /^ledger: 11 signed entries, chain and signatures verified$/,
  ];
  expect(lines).toEqual(expected.map((line) => expect.stringMatching(line)));
});

test('every request, answer and webhook of the story fits GitHub’s own description', () => {
  judge.assertClean();
});
