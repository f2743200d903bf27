import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';
import { entry, join, length, modelOf, small, version } from './xgboost-file.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('model', bytes)]);

test('an ordinary model is clean', () => {
  expect(scan(small)).toMatchObject({ verdict: 'clean', files: [{ format: 'xgboost' }] });
});

test.each<[string, Buffer]>([
  ['data behind it', join(small, 'x')],
  ['a key twice', modelOf(entry('a', 'T'), entry('a', 'F'))],
  ['an unknown marker', modelOf(entry('a', 'X'))],
  ['a text past the end', modelOf(entry('a', 'S', length(999)))],
  ['a text of negative length', modelOf(entry('a', 'S', length(-1)))],
  ['a list past the end', modelOf(entry('a', '[$D#', length(2 ** 52)))],
  ['a list of lists by count', modelOf(entry('a', '[$[#', length(2)))],
  ['nesting', modelOf(entry('a', '['.repeat(10_000)))],
  ['no learner', join('{', version, '}')],
])('a model with %s is a finding', (_, bytes) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'finding', findings: [{ rule: 'xgboost-malformed' }] });
});
