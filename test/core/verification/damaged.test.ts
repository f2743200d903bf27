import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FORMATS } from '../../../core/verification/formats.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { scanDamaged } from './damage.ts';
import { small as gguf } from './gguf-file.ts';
import { fileOf } from './samples.ts';
import { small as tar } from './tar-file.ts';
import { WHOLE } from './whole-files.ts';
import { small as xgboost } from './xgboost-file.ts';

test('every format that is read has whole files to damage', () => {
  // What is only named is not read.
  const read = FORMATS.map(({ name }) => name).filter((name) => name !== 'opaque');
  expect(Object.keys(WHOLE).sort()).toEqual(read.sort());
});

test.each(Object.entries(WHOLE))('damaged files of %s end in a report, and no scanner fails on them', (_, samples) => {
  scanDamaged(samples, { numRuns: 300, seed: 7 });
});

test('bytes of any kind end in a report', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(scanFiles([fileOf('a', bytes)]).files[0]?.path).toBe('a');
    }),
    { numRuns: 500, seed: 7 },
  );
});

test.each<[string, Uint8Array, number]>([
  // Before that, each is text.
  ['GGUF', gguf, 5],
  ['tar', tar, 7],
  ['XGBoost', xgboost, 3],
  ['safetensors', WHOLE['safetensors']?.[0] ?? Buffer.alloc(0), 2],
])('a file of %s that is cut is never clean', (_, bytes, from) => {
  for (let size = from; size < bytes.length; size += 1)
    expect([size, scanFiles([fileOf('a', bytes.subarray(0, size))]).verdict]).not.toEqual([size, 'clean']);
});
