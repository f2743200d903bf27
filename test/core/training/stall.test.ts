import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gpuUseIn } from '../../../core/training/gpu-use.ts';
import { LiveNote, notedWords, StillnessCount, stalledWords } from '../../../core/training/stall.ts';

const busy = { gpuUse: null };

describe('how long a run is still', () => {
  test('counts from its last sign of life', () => {
    const count = new StillnessCount(60);
    const quiet = (at: number, signs: string) => count.look(at, { ...busy, signs }).quiet;
    expect([quiet(100, 'a'), quiet(130, 'a'), quiet(150, 'a'), quiet(160, 'b'), quiet(170, 'b')]).toEqual([
      0, 30, 50, 0, 10,
    ]);
  });

  test('counts GPUs that do nothing between looks that both say so', () => {
    const count = new StillnessCount(60);
    const idle = (at: number, gpuUse: number | null) => count.look(at, { signs: String(at), gpuUse }).idle;
    expect([idle(0, 0.5), idle(30, 0), idle(60, 0), idle(90, 0), idle(120, null), idle(150, 0), idle(180, 0)]).toEqual([
      0, 0, 30, 60, 0, 0, 30,
    ]);
  });

  test.each([
    ['a clock that was set forward by a day', [0, 30, 86_430, 86_460], 120],
    ['a clock that was set back by a day', [86_400, 86_430, 30, 60], 60],
    ['a machine that was suspended for a week', [0, 604_800], 60],
  ])('counts what was watched alone, with %s', (_, times, quiet) => {
    const count = new StillnessCount(60);
    const looks = times.map((at) => count.look(at, { ...busy, signs: 'a' }).quiet);
    expect(looks.at(-1)).toBe(quiet);
  });

  test('is never more than passed between two looks, and never less than nothing, whatever the clock says', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 }), (times) => {
        const count = new StillnessCount(60);
        const quiet = times.map((at) => count.look(at, { signs: 'a', gpuUse: 0 }).quiet);
        return quiet.every((one, index) => one >= (quiet[index - 1] ?? 0) && one - (quiet[index - 1] ?? 0) <= 60);
      }),
    );
  });
});

test.each([
  [{ quiet: 599, idle: 599 }, 600, null],
  [{ quiet: 600, idle: 0 }, 600, 'Stalled: no log, metric or checkpoint came for 10 min (train.stall: 10 min)'],
  [{ quiet: 5, idle: 0 }, 4, 'Stalled: no log, metric or checkpoint came for 5 s (train.stall: 4 s)'],
  [{ quiet: 10, idle: 3_720 }, 3_600, 'Stalled: its GPUs have been at 0 % for 1 h 2 min'],
  [{ quiet: 1e9, idle: 1e9 }, null, null],
])('of a run that was %j with train.stall %s is said: %s', (still, after, words) => {
  expect(stalledWords(still, { after })).toBe(words);
});

test.each([
  [{}, null],
  [{ stalled: null, seconds: 0 }, null],
  [{ gpu_use: 0 }, null],
  [{ stalled: 'quiet', seconds: 660 }, 'Stalled: no log, metric or checkpoint came for 11 min (train.stall: 10 min)'],
  [{ stalled: 'idle', seconds: 660 }, 'Stalled: its GPUs have been at 0 % for 11 min'],
  [{ stalled: 'loss' }, 'Its log says that the loss is not a number'],
])('the note %j says: %s', (note, words) => {
  expect(notedWords(LiveNote.parse(note), { after: 600 })).toBe(words);
});

describe('how busy the GPUs are', () => {
  const two = '0, GPU-aa11bb22, 0\n1, GPU-cc33dd44, 37\n';
  test.each([
    ['', undefined, null],
    ['No devices were found\n', undefined, null],
    ['0, GPU-aa11bb22, 0\n', undefined, 0],
    [two, undefined, 0.37],
    [two, '0', 0],
    [two, '1', 0.37],
    [two, 'GPU-aa11', 0],
    [two, ' 0 , 1', 0.37],
    [two, '', null],
    [two, '-1', null],
    [two, '7', null],
    ['0, GPU-aa11bb22, [N/A]\n', undefined, null],
    ['0, GPU-aa11bb22, 0\n1, GPU-cc33dd44, [Not Supported]\n', undefined, null],
    ['0, GPU-aa11bb22, 12\n1, GPU-cc33dd44, [N/A]\n', undefined, 0.12],
    ['0, GPU-aa11bb22, 250\n', undefined, 1],
    ['0, GPU-aa11bb22, -1\n', undefined, null],
  ])('%j seen through %j is %s', (text, visible, use) => {
    expect(gpuUseIn(text, visible)).toBe(use);
  });
});
