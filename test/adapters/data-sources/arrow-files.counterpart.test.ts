import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as binding from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrowToParquet } from '../../../adapters/data-sources/worker/arrow.ts';
import { pythonWith } from '../../python.ts';

const SCRIPT = readFileSync(join(import.meta.dirname, 'arrow-files.py'), 'utf8');

/** What can’t be read, and why; `/same/` is read as pyarrow reads it. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'decimal-wide.arrow': /a decimal of 76 digits/,
  'decimal-negative-scale.arrow': /a decimal of 10 digits, -2 of them behind the point/,
  'date64-with-time.arrow': /a date with a time of day/,
  'timestamp-greatest.arrow': /a point in time beyond/,
  'timestamp-seconds-beyond.arrow': /a point in time beyond/,
  'zoned-nanoseconds.arrow': /a time in nanoseconds/,
  'time-nanoseconds.arrow': /a time in nanoseconds/,
  'time-beyond.arrow': /a time of day beyond one day/,
  'interval.arrow': /column c is an interval, which can’t be read/,
  'union.arrow': /column c is a union, which can’t be read/,
  'union-dense.arrow': /column c is a union, which can’t be read/,
  'struct-twice.arrow': /a struct with a field twice/,
  'struct-empty.arrow': /a struct without fields/,
  'map-twice.arrow': /a map with one key twice/,
  'deep.arrow': /column c is nested deeper than 48 levels/,
  'column-without-name.arrow': /a column without a name/,
  'columns-alike.arrow': /column A is there twice/,
  'columns-none.arrow': /found 0/,
  'columns-many.arrow': /expected 1 to 5000 columns, found 5001/,
  'version-1.feather': /./,
  'cut-end.arrows': /no mark of its end, so it may be cut/,
  'followed.arrows': /the stream ends at byte \d+, and 8 more follow/,
  'twice.arrows': /the stream ends at byte \d+/,
  'followed.arrow': /it doesn’t end as a file of Arrow does/,
  'nulls-none.arrows': /it states 0 nulls where 26 are/,
  'nulls-fewer.arrows': /it states 25 nulls where 26 are/,
  'nulls-more.arrows': /it states 27 nulls where 26 are/,
  'nulls-negative.arrows': /a count of -1/,
  'nulls-beyond.arrows': /a count of 1099511627776/,
  'nulls-where-none-are.arrows': /3 values are null, and it doesn’t say which/,
  'column-rows-fewer.arrows': /a column of another length/,
  'column-rows-more.arrows': /it states 26 nulls where 27 are/,
  'column-rows-negative.arrows': /a count of -1/,
  'column-rows-huge.arrows': /a count of 1099511627776/,
  'rows-fewer.arrows': /a column of another length/,
  'rows-more.arrows': /a column of another length/,
  'rows-negative.arrows': /a count of -1/,
  'rows-huge.arrows': /a count of 1099511627776/,
  'items-fewer.arrows': /lies about where lists end/,
  'bitmap-short.arrows': /lies about its rows/,
  'values-short.arrows': /lies about its rows/,
  'offsets-short.arrows': /lies about its rows/,
  'buffer-beyond.arrows': /lies about where its values are/,
  'buffer-negative.arrows': /lies about where its values are/,
  'buffer-uneven.arrows': /lies about where its values are/,
  'buffer-length-negative.arrows': /lies about where its values are/,
  'offset-back.arrows': /lies about where values end/,
  'offset-beyond.arrows': /lies about where values end/,
  'offset-negative.arrows': /lies about where values end/,
  'list-beyond.arrows': /lies about where lists end/,
  'text-not-utf8.arrows': /column s: a text that is not UTF-8/,
  'view-length.arrows': /lies about where values end/,
  'view-length-negative.arrows': /lies about where values end/,
  'view-prefix.arrows': /doesn’t begin as its view says/,
  'view-buffer.arrows': /lies about where values end/,
  'view-offset.arrows': /lies about where values end/,
  'index-beyond.arrows': /a value that is not in its dictionary/,
  'index-negative.arrows': /a value that is not in its dictionary/,
  'dictionary-missing.arrows': /a batch before the dictionary of its values/,
  'runs-back.arrows': /runs of values whose ends do not rise/,
  'runs-short.arrows': /runs of values whose ends do not rise/,
  'lz4-more.arrows': /a buffer of 40000 bytes, where it states 40008/,
  'lz4-fewer.arrows': /grows beyond 8 bytes/,
  'lz4-none.arrows': /lies about its rows/,
  'lz4-huge.arrows': /a batch of more than 1073741824 bytes/,
  'lz4-negative.arrows': /a batch of more than 1073741824 bytes/,
  'lz4-broken.arrows': /expected an LZ4 frame/,
  'zstd-more.arrows': /a buffer of 40000 bytes, where it states 40008/,
  'zstd-fewer.arrows': /larger than 8 bytes/,
  'zstd-none.arrows': /lies about its rows/,
  'zstd-huge.arrows': /a batch of more than 1073741824 bytes/,
  'zstd-negative.arrows': /a batch of more than 1073741824 bytes/,
  'zstd-broken.arrows': /frame/,
  'big-endian.arrows': /written big-endian/,
  'schema-twice.arrows': /it states its columns more than once/,
  'schema-behind.arrows': /it states its columns more than once/,
  'tensor.arrows': /messages that are no rows/,
};

const python = pythonWith('polars==2.1.0', 'pyarrow==26.0.1');
const folder = python.folder;
mkdirSync(join(folder, 'damaged'));
python.run(SCRIPT, 'write', folder);
const names = readdirSync(folder).filter((name) => name !== 'damaged');
let instance: binding.DuckDBInstance;
beforeAll(async () => {
  instance = await binding.DuckDBInstance.create(':memory:');
});
afterAll(() => python.remove());

/** The name of what was written, or why nothing was. */
async function converted(source: string): Promise<{ readonly target: string } | { readonly refused: string }> {
  const connection = await instance.connect();
  const target = `${source}.parquet`;
  try {
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run('DROP TABLE IF EXISTS rows');
    await arrowToParquet(source, target, connection, binding);
    return { target };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { refused: error.message };
  } finally {
    connection.closeSync();
  }
}

/** What pyarrow finds to differ, for each file and what was made of it. */
function compared(pairs: readonly (readonly [string, string])[]): readonly string[] {
  return JSON.parse(python.run(SCRIPT, 'compare', JSON.stringify(pairs)));
}

describe('Arrow as pyarrow and Polars write it', () => {
  test.each(names.filter((name) => name in REFUSED || name.startsWith('cut-')))('%s is refused', async (name) => {
    const reason = REFUSED[name] ?? /the file is cut/;
    expect(await converted(join(folder, name))).toEqual({ refused: expect.stringMatching(reason) });
  });

  test('is otherwise read with the values that pyarrow reads', async () => {
    const whole = names.filter((name) => !(name in REFUSED) && !name.startsWith('cut-'));
    const pairs: [string, string][] = [];
    for (const name of whole) {
      const found = await converted(join(folder, name));
      expect([name, found]).toEqual([name, { target: expect.any(String) }]);
      if ('target' in found) pairs.push([join(folder, name), found.target]);
    }
    const differing = compared(pairs).flatMap((said, at) => (said === 'same' ? [] : [`${whole[at]}: ${said}`]));
    expect([differing, whole.length > 75]).toEqual([[], true]);
  });

  test('and damaged by chance is refused, or read with the values that pyarrow reads', async () => {
    const whole = names.filter((name) => !(name in REFUSED) && !name.startsWith('cut-'));
    python.run(SCRIPT, 'damage', folder, JSON.stringify(whole));
    const pairs: [string, string][] = [];
    for (const name of readdirSync(join(folder, 'damaged'))) {
      const source = join(folder, 'damaged', name);
      const found = await converted(source);
      if ('target' in found) pairs.push([source, found.target]);
    }
    const differing = compared(pairs).flatMap((said, at) => (said === 'same' ? [] : [`${pairs[at]?.[0]}: ${said}`]));
    expect([differing, pairs.length > 20]).toEqual([[], true]);
  });
});
