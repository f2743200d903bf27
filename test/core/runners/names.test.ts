import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ephemeralLabels, providerOf, readRunnerName, runnerName, runOfLabels } from '../../../core/runners/names.ts';
import { ulid } from '../../../core/ulid.ts';

const RUN = ulid(1_793_577_600_000, new Uint8Array(10));
const OTHER = ulid(1_793_577_600_001, new Uint8Array(10));

test('a runner’s name tells its run and which of its runners it is', () => {
  expect(readRunnerName(runnerName(RUN, 12))).toEqual({ run: RUN, generation: 12 });
});

test('a name is a DNS label and fits what GitHub takes', () => {
  expect(runnerName(RUN, 9999)).toMatch(/^[a-z0-9-]{1,63}$/);
});

test('no other name is read as one of ours', () => {
  fc.assert(fc.property(fc.string(), (text) => readRunnerName(text) === null));
  expect(readRunnerName(`${runnerName(RUN, 1)}0000`)).toBeNull();
});

test('labels name their run and provider', () => {
  const labels = ephemeralLabels('kubernetes', RUN);
  expect([runOfLabels(labels), providerOf(RUN, labels)]).toEqual([RUN, 'kubernetes']);
});

test.each<[string, readonly string[] | null]>([
  ['none', null],
  ['of a team', ['self-hosted', 'gpu']],
  ['of another run', ephemeralLabels('local', OTHER)],
  ['with one more', [...ephemeralLabels('local', RUN), 'gpu']],
  ['of an unknown provider', ['self-hosted', 'trainyard-ec2', `trainyard-${RUN.toLowerCase()}`]],
])('labels %s name no provider', (_what, labels) => {
  expect(providerOf(RUN, labels)).toBeNull();
});
