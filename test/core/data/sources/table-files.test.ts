import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { datasetLocation, tablePlace, treePathOf } from '../../../../core/data/sources/dataset-location.ts';
import {
  isDeltaMetadata,
  isIcebergMetadata,
  isSamePlace,
  tableFile,
} from '../../../../core/data/sources/table-files.ts';
import { RepoPath } from '../../../../core/names.ts';

const VERSION = (count: number): string => String(count).padStart(20, '0');

describe('a file that a table names', () => {
  test.each([
    ['delta', '/tmp/t/part-0.parquet', '/tmp/t', 'part-0.parquet'],
    ['delta', '/tmp/t/k=a%20b/p.parquet', '/tmp/t/', 'k=a%20b/p.parquet'],
    ['iceberg', 's3://b/t/data/x.parquet', 's3://b/t', 'data/x.parquet'],
    ['iceberg', 's3a://b/t/metadata/m.avro', 's3://b/t/', 'metadata/m.avro'],
    ['iceberg', 'file:///l/t/data/k=1/x.parquet', '/l/t', 'data/k=1/x.parquet'],
  ] as const)('of %s, %s below %s, is %s', (format, path, root, inside) => {
    expect(tableFile(format, path, root)).toBe(inside);
  });

  test.each([
    ['elsewhere', 'delta', '/tmp/other/p.parquet', '/tmp/t'],
    ['in a folder of almost its name', 'delta', '/tmp/t-2/p.parquet', '/tmp/t'],
    ['above it', 'delta', '/tmp/t/../u/p.parquet', '/tmp/t'],
    ['the folder itself', 'delta', '/tmp/t/', '/tmp/t'],
    ['in another bucket', 'iceberg', 's3://c/t/data/x.parquet', 's3://b/t'],
    ['of another scheme', 'iceberg', 'https://b/t/data/x.parquet', 's3://b/t'],
    ['that DuckDB would look for elsewhere', 'iceberg', 's3://b/t/data/x/data/y.parquet', 's3://b/t'],
    ['that is neither data nor metadata', 'iceberg', 's3://b/t/x/y.parquet', 's3://b/t'],
    ['of a table without a place', 'iceberg', '/data/y.parquet', '/'],
    ['with a line in its name', 'delta', '/tmp/t/a\nb', '/tmp/t'],
  ] as const)('%s is none of it', (_what, format, path, root) => {
    expect(tableFile(format, path, root)).toBeNull();
  });

  test('never leads out of the folder that it is written to, whatever is named', () => {
    const piece = fc.constantFrom(
      '/tmp/t',
      '/',
      '..',
      '.',
      'a',
      '\\',
      'data',
      's3://',
      'file:',
      '%2e%2e',
      '\0',
      'metadata',
    );
    const path = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.constantFrom('delta' as const, 'iceberg' as const), path, path, (format, named, root) => {
        const inside = tableFile(format, named, root);
        if (inside === null) return;
        expect(posix.join('/here', inside)).toBe(`/here/${inside}`);
        expect(inside).not.toMatch(/\\|\0/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a version is found out from', () => {
  test.each([
    ['a commit up to it', `_delta_log/${VERSION(2)}.json`, true],
    ['a commit after it', `_delta_log/${VERSION(3)}.json`, false],
    ['a checkpoint', `_delta_log/${VERSION(1)}.checkpoint.parquet`, true],
    ['a part of a checkpoint', `_delta_log/${VERSION(1)}.checkpoint.0000000001.0000000002.parquet`, true],
    ['a checkpoint after it', `_delta_log/${VERSION(9)}.checkpoint.parquet`, false],
    ['commits in one', `_delta_log/${VERSION(0)}.${VERSION(2)}.compacted.json`, true],
    ['commits in one that lead beyond it', `_delta_log/${VERSION(0)}.${VERSION(3)}.compacted.json`, false],
    ['the hint of the last checkpoint', '_delta_log/_last_checkpoint', false],
    ['a checkpoint’s sidecar', '_delta_log/_sidecars/x.parquet', true],
    ['a deletion vector', 'ab/deletion_vector_0f-1.bin', true],
    ['data', 'part-0.parquet', false],
  ])('of Delta: %s', (_what, path, wanted) => {
    expect(isDeltaMetadata(path, '2')).toBe(wanted);
  });

  test('of Delta’s newest version: all of its log', () => {
    expect(isDeltaMetadata(`_delta_log/${VERSION(9)}.json`, null)).toBe(true);
  });

  test.each([
    ['the metadata that is named', 'metadata/2.metadata.json', 'metadata/2.metadata.json', true],
    ['older metadata', 'metadata/1.metadata.json', 'metadata/2.metadata.json', false],
    ['a manifest', 'metadata/m.avro', 'metadata/2.metadata.json', true],
    ['any metadata, where a hint decides', 'metadata/1.metadata.json', null, true],
    ['the hint', 'metadata/version-hint.text', null, true],
    ['data', 'data/x.parquet', null, false],
  ])('of Iceberg: %s', (_what, path, metadata, wanted) => {
    expect(isIcebergMetadata(path, metadata)).toBe(wanted);
  });
});

test('a store that speaks S3 has three names for its scheme', () => {
  expect(isSamePlace('s3a://b/t/', 's3://b/t')).toBe(true);
  expect(isSamePlace('s3://b/t', 's3://b/t2')).toBe(false);
});

describe('a location', () => {
  test.each([
    ['s3://b/k', { kind: 'objects', url: 's3://b/k' }],
    ['delta:s3://b/t', { kind: 'table', format: 'delta', url: 's3://b/t' }],
    ['iceberg:tables/t/', { kind: 'repository_table', format: 'iceberg', path: 'tables/t' }],
    ['delta:../t', { kind: 'table', format: 'delta', url: '../t' }],
    ['delta:/t', { kind: 'table', format: 'delta', url: '/t' }],
    ['delta:.git/t', { kind: 'table', format: 'delta', url: '.git/t' }],
  ])('%s is taken apart', (location, expected) => {
    expect(datasetLocation(location)).toEqual(expected);
  });

  test('of an Iceberg table’s metadata has its folder two above', () => {
    const at = 's3://b/t/metadata/2.metadata.json';
    expect(tablePlace('iceberg', at)).toEqual({ folder: 's3://b/t', metadata: 'metadata/2.metadata.json' });
    expect(tablePlace('delta', at)).toEqual({ folder: at, metadata: null });
  });

  test('is decided by the tree where its table lies in git', () => {
    const path = RepoPath.parse('out.parquet');
    expect(treePathOf(path, undefined)).toBe('out.parquet');
    expect(treePathOf(path, 's3://b/k')).toBeNull();
    expect(treePathOf(path, 'iceberg:t/metadata/2.metadata.json')).toBe('t');
  });
});
