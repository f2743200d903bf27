import { rmSync } from 'node:fs';
import {
  Bool,
  DateDay,
  Dictionary,
  Field,
  Int32,
  Int64,
  List,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder, places } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const AB = contract(`
- { name: a, logicalType: string, unique: true }
- { name: b, logicalType: integer, required: true, logicalTypeOptions: { minimum: 0 } }`);
const table = (a: string[], b: (bigint | null)[]) =>
  new Table({ a: vectorFromArray(a, new Utf8()), b: vectorFromArray(b, new Int64()) });

describe('Arrow', () => {
  test.each([
    ['file', 'f.arrow'],
    ['stream', 'f.arrows'],
  ] as const)('as a %s is checked like Parquet, rows counted from 1', async (kind, name) => {
    folder.put(name, tableToIPC(table(['x', 'y', 'z'], [2n ** 62n, -1n, null]), kind));
    const report = await folder.check(name, AB);
    expect([report.format, report.rows, report.status]).toEqual(['arrow', 3, 'failed']);
    expect(
      report.rules.filter(({ status }) => status === 'failed').map(({ rule, examples }) => [rule, examples[0]?.row]),
    ).toEqual([
      ['required', 3],
      ['minimum', 2],
    ]);
    expect(report.columns.find((column) => column.name === 'b')).toMatchObject({
      type: 'integer',
    });
  });

  test('of several files is one dataset', async () => {
    for (const [at, b] of [1n, -2n].entries())
      folder.put(`many/${at}.arrow`, tableToIPC(table([`x${at}`], [b]), 'file'));
    const report = await folder.check('many/*.arrow', AB);
    expect([report.rows, places(report)]).toEqual([2, ['many/1.arrow:null b minimum']]);
  });

  test.each<[what: string, other: Table, reason: RegExp]>([
    ['other types', table(['x'], [1n]).assign(new Table({ b: vectorFromArray([1.5]) })), /"b" is \w+ in 1 of 2/],
    ['a column less', table(['x'], [1n]).select(['a']), /"b" is BIGINT in 1 of 2/],
  ])('of several files with %s fails', async (_, other, reason) => {
    folder.put('unlike/1.arrow', tableToIPC(table(['x'], [1n]), 'file'));
    folder.put('unlike/2.arrow', tableToIPC(other, 'file'));
    expect(await folder.check('unlike', AB)).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
  });

  test('of dates, times, dictionaries and lists is read with their types', async () => {
    const columns = {
      d: vectorFromArray([new Date('2024-02-29'), null], new DateDay()),
      t: vectorFromArray([1, 2], new TimestampMillisecond()),
      s: vectorFromArray(['x', 'x'], new Dictionary(new Utf8(), new Int32())),
      f: vectorFromArray([true, null], new Bool()),
      l: vectorFromArray([[1, 2], null], new List(new Field('item', new Int32(), true))),
    };
    folder.put('types.arrow', tableToIPC(new Table(columns), 'file'));
    const report = await folder.check('types.arrow', contract('- { name: d, logicalType: date, required: true }'));
    expect(report.columns.map(({ name, type, nulls }) => [name, type, nulls])).toEqual([
      ['d', 'date', 1],
      ['t', 'timestamp', 0],
      ['s', 'string', 0],
      ['f', 'boolean', 1],
      ['l', 'array', 1],
    ]);
  });

  const whole = tableToIPC(table(['x', 'y'], [1n, 2n]), 'file');
  const stream = tableToIPC(table(['x', 'y'], [1n, 2n]), 'stream');
  test.each<[what: string, name: string, bytes: Uint8Array]>([
    ['that is cut', 'cut.arrow', whole.subarray(0, whole.length - 40)],
    ['whose middle is gone', 'gap.arrow', Buffer.concat([whole.subarray(0, 64), whole.subarray(256)])],
    ['as a stream that is cut', 'cut.arrows', stream.subarray(0, stream.length - 60)],
    ['of zeros', 'zeros.arrow', Buffer.concat([Buffer.from('ARROW1\0\0'), Buffer.alloc(200), Buffer.from('ARROW1')])],
    [
      'that promises more than there is',
      'lies.arrows',
      Buffer.concat([Buffer.from([255, 255, 255, 255, 255, 255, 255, 127]), Buffer.alloc(64)]),
    ],
    ['of version 1 of Feather', 'old.feather', Buffer.concat([Buffer.from('FEA1'), Buffer.alloc(64)])],
    ['within gzip', 'f.arrow.gz', Buffer.from([0x1f, 0x8b, 8])],
  ])('%s is not checked, and the file is named', async (_, name, bytes) => {
    folder.put(name, bytes);
    const report = await folder.check(name, AB);
    expect(report).toMatchObject({ status: 'not_checked', reason: expect.stringContaining(name) });
  });

  test('that promises more rows than it holds is not checked, wherever it does', async () => {
    const rows = Array.from({ length: 77 }, (_, at) => at);
    const bytes = tableToIPC(table(rows.map(String), rows.map(BigInt)), 'file');
    const count = Buffer.from(BigInt64Array.of(77n).buffer);
    const at = [...bytes.keys()].filter((start) => count.equals(bytes.subarray(start, start + 8)));
    expect(at.length).toBeGreaterThan(2);
    const optional = contract('- { name: a, logicalType: string }\n- { name: b, logicalType: integer }');
    for (const start of at) {
      const more = Uint8Array.from(bytes);
      more.set(new Uint8Array(BigInt64Array.of(4000n).buffer), start);
      expect(await folder.check(folder.put('more.arrow', more), optional)).not.toMatchObject({ rows: 4000 });
    }
  });

  /** The footer's vectors of blocks, each of 24 bytes, begin with how many there are. */
  const lying = (bytes: Uint8Array, blocks: number, change: (block: DataView) => void): Uint8Array => {
    const changed = Uint8Array.from(bytes);
    const view = new DataView(changed.buffer);
    const footer = changed.length - 10 - view.getInt32(changed.length - 10, true);
    for (let at = footer; at + 4 + blocks * 24 < changed.length - 10; at += 4) {
      const offset = Number(view.getBigInt64(at + 4, true));
      // Where a message begins lies 0xffffffff.
      if (view.getUint32(at, true) !== blocks || offset < 8 || offset % 8 !== 0 || offset >= footer) continue;
      if (view.getUint32(offset, true) !== 0xffffffff) continue;
      change(new DataView(changed.buffer, at));
      return changed;
    }
    throw new Error('expected a footer with blocks');
  };
  const batches = [1n, 2n, 3n].flatMap((b) => table(['x'], [b]).batches);
  const several = tableToIPC(new Table(batches), 'file');
  const coded = tableToIPC(
    new Table({ s: vectorFromArray(['x', 'y'], new Dictionary(new Utf8(), new Int32())) }),
    'file',
  );
  test.each<[what: string, bytes: Uint8Array, says: string]>([
    ['names no batches', lying(several, 3, (block) => block.setUint32(0, 0, true)), 'names 0 batches'],
    ['names fewer batches than there are', lying(several, 3, (block) => block.setUint32(0, 2, true)), '2 batches'],
    [
      'names one batch twice',
      lying(several, 3, (block) => block.setBigInt64(28, block.getBigInt64(4, true), true)),
      'names 3 batches',
    ],
    ['names no dictionary', lying(coded, 1, (block) => block.setUint32(0, 0, true)), 'footer'],
  ])('whose footer %s is not checked', async (_, bytes, says) => {
    const report = await folder.check(folder.put('lies.arrow', bytes), AB);
    expect(report).toMatchObject({ status: 'not_checked', rows: null, reason: expect.stringContaining(says) });
  });

  test.each([
    ['a stream with another behind it', 'two.arrows', Buffer.concat([stream, stream])],
    [
      'a file without its last bytes',
      'open.arrow',
      Buffer.concat([whole.subarray(0, whole.length - 6), Buffer.alloc(6)]),
    ],
  ])('%s is not checked', async (_, name, bytes) => {
    expect(await folder.check(folder.put(name, bytes), AB)).toMatchObject({ status: 'not_checked', rows: null });
  });

  test('whose footer states other columns than its beginning is not checked', async () => {
    // What a stream begins with, put before the batches of a file: as other writers have it.
    const [other, same] = ['z', 'a'].map((name) => {
      const schema = tableToIPC(new Table({ [name]: vectorFromArray(['x'], new Utf8()) }), 'stream');
      const length = 8 + new DataView(schema.buffer, schema.byteOffset).getInt32(4, true);
      const file = tableToIPC(new Table({ a: vectorFromArray(['x'], new Utf8()) }), 'file');
      const moved = lying(file, 1, (block) => block.setBigInt64(4, block.getBigInt64(4, true) + BigInt(length), true));
      return Buffer.concat([moved.subarray(0, 8), schema.subarray(0, length), moved.subarray(8)]);
    });
    const A = contract('- { name: a, logicalType: string }');
    expect(await folder.check(folder.put('same.arrow', same ?? ''), A)).toMatchObject({ status: 'passed', rows: 1 });
    expect(await folder.check(folder.put('other.arrow', other ?? ''), A)).toMatchObject({ status: 'not_checked' });
  });

  test('of no batches, and said so by footer and messages alike, has no rows', async () => {
    const report = await folder.check(folder.put('none.arrow', tableToIPC(table([], []), 'file')), AB);
    expect([report.status, report.rows, report.columns.map(({ name }) => name)]).toEqual(['passed', 0, ['a', 'b']]);
  });

  test('with bytes changed anywhere ends in a verdict', async () => {
    for (const at of [16, 40, 120, 300, whole.length - 100, whole.length - 12]) {
      const bytes = Uint8Array.from(whole);
      bytes.set([255, 255, 255, 127], Math.max(at, 0));
      const report = await folder.check(folder.put('changed.arrow', bytes), AB);
      expect(['passed', 'failed', 'not_checked']).toContain(report.status);
      if (report.status !== 'passed') expect(report.reason).not.toBeNull();
    }
  });
});
