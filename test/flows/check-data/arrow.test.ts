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
