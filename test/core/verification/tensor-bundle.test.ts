import { expect, test } from 'vitest';
import { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';
import { type BundleTensor, bundleOf } from './tensor-bundle-file.ts';

const DATA = 'm/variables/variables.data-00000-of-00001';
const WEIGHTS = Buffer.from([0xff, 1, 2, 3, 4, 5, 6, 7]);
const two: readonly BundleTensor[] = [
  { name: 'a', offset: 0, size: 4 },
  { name: 'b', offset: 4, size: 4 },
];

/** The list and one file with data beside it. */
const scan = (index: Uint8Array, path = DATA, weights: Uint8Array = WEIGHTS) =>
  scanFiles([fileOf(path, weights), fileOf('m/variables/variables.index', index)]);

test('tensors that the list beside them accounts for are clean', () => {
  expect(scan(bundleOf(two))).toMatchObject({
    verdict: 'clean',
    files: [{ format: 'TensorFlow tensors' }, { format: 'TensorFlow checkpoint' }],
  });
});

test.each<[string, Buffer, string, Uint8Array]>([
  ['that are more than listed', bundleOf(two.slice(0, 1)), DATA, WEIGHTS],
  ['that are fewer than listed', bundleOf([...two, { name: 'c', offset: 8, size: 1 }]), DATA, WEIGHTS],
  ['with a gap', bundleOf([{ name: 'a', offset: 4, size: 4 }]), DATA, WEIGHTS],
  ['that overlap', bundleOf([...two, { name: 'c', offset: 4, size: 4 }]), DATA, WEIGHTS],
  ['in another number of files', bundleOf(two, 2), DATA, WEIGHTS],
  ['in a file beyond the last', bundleOf(two), 'm/variables/variables.data-00001-of-00001', WEIGHTS],
  ['with a list that is cut', bundleOf(two).subarray(1), DATA, WEIGHTS],
])('tensors %s are a finding', (_, index, path, weights) => {
  expect(scan(index, path, weights).findings.map(({ rule }) => rule)).toContain('tensor-bundle-malformed');
});

test.each([
  ['without a list', [fileOf(DATA, WEIGHTS)]],
  ['with a list in another folder', [fileOf(DATA, WEIGHTS), fileOf('variables.index', bundleOf(two))]],
])('tensors %s are not scanned', (_, files) => {
  expect(scanFiles(files).files[0]).toMatchObject({ verdict: 'unscanned', reason: 'unknown_format' });
});

test('a pickle in the place of tensors is a finding', () => {
  const pickle = Buffer.from("cos\nsystem\n(S'id'\ntR.");
  const index = bundleOf([{ name: 'a', offset: 0, size: pickle.length }]);
  expect(scan(index, DATA, pickle).findings[0]?.rule).toBe('pickle-dangerous-import');
});

test('a list at a place past all numbers ends in a report', () => {
  const index = Buffer.from(bundleOf(two));
  Buffer.from([...Array.from({ length: 8 }, () => 0xff), 0x7f, 0xff, 0xff, 0xff, 0x7f]).copy(index, index.length - 44);
  expect(ScanReport.parse(scanFiles([fileOf('variables.index', index)])).verdict).toBe('unscanned');
});
