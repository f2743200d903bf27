import { describe, expect, test } from 'vitest';
import { judgeMark, readMark, trainMark, validateMark } from '../../flows/workflow-names.ts';
import { runId } from '../core/samples.ts';

const SHA = 'a1'.repeat(20);

describe('the name of a workflow run', () => {
  test.each([
    ['train', `trainyard ${trainMark(runId(1))}`, { kind: 'train', run: runId(1) }],
    ['judge', `trainyard ${judgeMark(runId(2))}`, { kind: 'judge', run: runId(2) }],
    [
      'validate',
      `trainyard ${validateMark(['flights'], SHA)}`,
      { kind: 'validate', datasets: ['flights'], commit: SHA },
    ],
    [
      'validate with several',
      validateMark(['a', 'b_1'], SHA),
      { kind: 'validate', datasets: ['a', 'b_1'], commit: SHA },
    ],
    [
      'validate with SHA-256',
      validateMark(['f_2'], 'b2'.repeat(32)),
      { kind: 'validate', datasets: ['f_2'], commit: 'b2'.repeat(32) },
    ],
  ])('says what a %s run is for', (_, title, mark) => {
    expect(readMark(title)).toEqual(mark);
  });

  test.each([
    'Train flight-delay',
    'train 01J',
    `train ${runId(1)}0`,
    `train 8${runId(1).slice(1)}`,
    `train ${runId(1).toLowerCase()}`,
    `retrain${runId(1)}`,
    `validate flights ${SHA}0`,
    `validate flights ${SHA}${'0'.repeat(12)}`,
    `validate Flights ${SHA}`,
    `validate ../flights ${SHA}`,
    `validate flights,, ${SHA}`,
    `validate ,flights ${SHA}`,
    '',
  ])('%j is none of ours', (title) => {
    expect(readMark(title)).toBeNull();
  });
});
