import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert } from '../../../adapters/data-sources/convert.ts';
import { pythonWith } from '../../python.ts';

let python: ReturnType<typeof pythonWith>;
let folder = '';

/** A column of each type that pyarrow writes and Parquet has, with nulls and edges. */
const WRITE = `
import sys, decimal, datetime as dt, pyarrow as pa, pyarrow.feather as feather
at = sys.argv[1]
D = decimal.Decimal
t = pa.table({
  'i8': pa.array([1, None, -128], pa.int8()), 'u64': pa.array([2**64 - 1, 0, None], pa.uint64()),
  'i64': pa.array([2**63 - 1, None, -2**63], pa.int64()), 'f16': pa.array([1.5, None, -2**-24], pa.float16()),
  'f32': pa.array([1.5, float('nan'), None], pa.float32()), 'f64': pa.array([0.1, -0.0, float('inf')]),
  's': pa.array(['ä💥', '', None]), 'ls': pa.array(['\\ufeffx', None, 'y'], pa.large_string()),
  'b': pa.array([b'\\x00\\xff', None, b'']), 'fb': pa.array([b'ab', None, b'cd'], pa.binary(2)),
  'bool': pa.array([True, None, False]), 'dec': pa.array([D('123.45'), None, D('-0.01')], pa.decimal128(10, 2)),
  'wide': pa.array([D(10**37), None, D(-1)], pa.decimal128(38, 0)), 'd64': pa.array([dt.date(2020, 2, 29), None, dt.date(1, 1, 1)], pa.date64()),
  'd32': pa.array([dt.date(1899, 12, 31), None, dt.date(9999, 1, 1)]), 't32': pa.array([dt.time(1, 2, 3), None, dt.time(23, 59, 59)], pa.time32('s')),
  't64': pa.array([1, None, 86399999999], pa.time64('us')), 'ts': pa.array([1234567890123456, None, -1], pa.timestamp('us')),
  'ns': pa.array([1234567890123456789, None, -1], pa.timestamp('ns')), 'tz': pa.array([1234567890123, None, 0], pa.timestamp('ms', 'UTC')),
  'dict': pa.array(['a', 'b', None]).dictionary_encode(), 'list': pa.array([[1, None], [], None], pa.list_(pa.int32())),
  'fsl': pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int32(), 2)), 'st': pa.array([{'x': 1, 'y "q"': 'z'}, None, {'x': None, 'y "q"': 'w'}]),
  'lst': pa.array([[{'a': 'x'}], [{'a': None}, {'a': 'y'}], None]), 'null': pa.nulls(3),
})
for codec in ['lz4', 'zstd', 'uncompressed']: feather.write_feather(t, f'{at}/{codec}.arrow', compression=codec)
with pa.ipc.new_stream(f'{at}/stream.arrows', t.schema) as w: w.write_table(t, max_chunksize=2)
big = pa.table({'n': pa.array(range(100_000)), 'word': pa.array(['word%d' % (i % 977) for i in range(100_000)]).dictionary_encode()})
feather.write_feather(big, f'{at}/big.arrow', compression='lz4', chunksize=7000)
`;
const COMPARE = `
import sys, pyarrow.feather as feather, pyarrow.ipc as ipc, pyarrow.parquet as parquet
source, converted = sys.argv[1:]
expected = ipc.open_stream(source).read_all() if source.endswith('s') else feather.read_table(source)
found = parquet.read_table(converted)
value = lambda v: v.value if v.type == 'timestamp[ns]' else v.as_py()
assert expected.column_names == found.column_names, found.column_names
for name in expected.column_names:
  a, b = ([repr(value(v)) for v in t[name]] for t in (expected, found))
  assert a == b, (name, a[:5], b[:5])
print('same')
`;

beforeAll(() => {
  python = pythonWith('pyarrow==26.0.1');
  folder = python.folder;
  python.run(WRITE, folder);
}, 600_000);
afterAll(() => python.remove());

test.each(['lz4.arrow', 'zstd.arrow', 'uncompressed.arrow', 'stream.arrows', 'big.arrow'])(
  '%s of pyarrow becomes Parquet in which pyarrow reads the same values',
  async (name) => {
    const [source, target] = [join(folder, name), join(folder, `${name}.parquet`)];
    await convert({ kind: 'arrow', source, target }, name, {});
    expect(python.run(COMPARE, source, target)).toBe('same\n');
  },
);
