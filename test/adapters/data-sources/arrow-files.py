"""Writes Arrow files of every type that pyarrow and Polars write, and files that lie; compares them with pyarrow."""

import datetime as dt
import json
import random
import sys
from decimal import Decimal as D

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet

WORDS = pa.array(["a", "b"])


def coded(indexes, words=WORDS, bits=8):
    index = pa.array(indexes, getattr(pa, f"int{bits}")())
    return pa.DictionaryArray.from_arrays(index, words)


def far(kind, *numbers):
    width = kind.bit_width // 8
    body = b"".join(number.to_bytes(width, "little", signed=True) for number in numbers)
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(body)])


def columns():
    """One array for each type, with nulls and edges."""
    for bits in (8, 16, 32, 64):
        yield f"int{bits}", pa.array([2 ** (bits - 1) - 1, None, -(2 ** (bits - 1)), 0], getattr(pa, f"int{bits}")())
        yield f"uint{bits}", pa.array([2**bits - 1, None, 0], getattr(pa, f"uint{bits}")())
        yield f"coded{bits}", coded([1, None, 0], bits=bits)
    for name in ("float16", "float32", "float64"):
        values = [1.5, None, float("nan"), float("inf"), -0.0, -(2.0**-24), 65504.0]
        yield name, pa.array(values, getattr(pa, name)())
    yield "decimal32", pa.array([D("1.23"), None, D("-99999.99")], pa.decimal32(7, 2))
    yield "decimal64", pa.array([D("1.23"), None, D("-9999999999.99")], pa.decimal64(15, 2))
    yield "decimal128", pa.array([D("1.23"), None, D("-0.01")], pa.decimal128(38, 2))
    yield "decimal256", pa.array([D("1.23"), None, D("-4.5")], pa.decimal256(38, 2))
    yield "decimal-wide", pa.array([D(10) ** 60, None], pa.decimal256(76, 2))
    yield "decimal-negative-scale", pa.array([D("1200"), None], pa.decimal128(10, -2))
    days = [dt.date(2020, 2, 29), None, dt.date(1, 1, 1), dt.date(9999, 12, 31)]
    yield "date32", pa.array(days)
    yield "date64", pa.array(days, pa.date64())
    yield "date64-with-time", far(pa.date64(), 864_000_005)
    for unit in ("s", "ms", "us", "ns"):
        yield f"timestamp-{unit}", pa.array([1234567890, None, -1, 0], pa.timestamp(unit))
        yield f"zoned-{unit}", pa.array([1234567890000, None, -1000, 0], pa.timestamp(unit, "Europe/Paris"))
        yield f"duration-{unit}", pa.array([5, None, -5], pa.duration(unit))
        kind = (pa.time32 if unit in ("s", "ms") else pa.time64)(unit)
        yield f"time-{unit}", pa.array([5000, None, 0, 86000], kind)
    yield "timestamp-greatest", far(pa.timestamp("us"), 2**63 - 1)
    yield "timestamp-seconds-beyond", far(pa.timestamp("s"), 2**62)
    yield "zoned-nanoseconds", pa.array([1234567, None], pa.timestamp("ns", "UTC"))
    yield "time-nanoseconds", pa.array([5001, None], pa.time64("ns"))
    yield "time-beyond", far(pa.time32("s"), 90_000)
    yield "interval", pa.array([pa.MonthDayNano([1, 2, 3]), None])
    yield "bool", pa.array([True, None, False] * 5)
    texts = ["ä💥", "", None, "x" * 300, "a\0b", "exactly12byt", "exactly13byte"]
    for name, kind in (("text", pa.string()), ("large-text", pa.large_string()), ("text-view", pa.string_view())):
        yield name, pa.array(texts, kind)
    for name, kind in (("binary", pa.binary()), ("large-binary", pa.large_binary()), ("binary-view", pa.binary_view())):
        yield name, pa.array([b"\xff", b"", None, b"x" * 300], kind)
    yield "fixed-binary", pa.array([b"ab", None, b"cd"], pa.binary(2))
    yield "fixed-binary-0", pa.array([b"", None], pa.binary(0))
    yield "null", pa.nulls(5)
    for name in ("list_", "large_list", "list_view", "large_list_view"):
        yield name, pa.array([[1, None], [], None, [3]], getattr(pa, name)(pa.int32()))
    yield "fixed-list", pa.array([[1, 2], None, [3, None]], pa.list_(pa.int32(), 2))
    yield "fixed-list-0", pa.array([[], None], pa.list_(pa.int32(), 0))
    yield "struct", pa.array([{"x": 1, 'y "q"': "a"}, None, {"x": None, 'y "q"': "b"}])
    yield "struct-names", pa.StructArray.from_arrays([WORDS, WORDS, WORDS], ["2", "__proto__", "1"])
    yield "struct-twice", pa.StructArray.from_arrays([WORDS, WORDS], ["x", "X"])
    yield "struct-empty", pa.array([{}, None], pa.struct([]))
    yield "map", pa.array([[("a", 1), ("b", None)], None, []], pa.map_(pa.string(), pa.int32()))
    yield "map-twice", pa.array([[("a", 1), ("a", 2)]], pa.map_(pa.string(), pa.int32()))
    sparse = [pa.array([1, 2]), WORDS]
    yield "union", pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), sparse)
    dense = pa.array([0, 0], pa.int32())
    yield "union-dense", pa.UnionArray.from_dense(pa.array([0, 1], pa.int8()), dense, [pa.array([1]), WORDS[:1]])
    yield "runs", pc.run_end_encode(pa.array([1, 1, 1, None, None, 5]))
    yield "runs-of-texts", pc.run_end_encode(pa.array(["a", "a", None, "b"]))
    yield "coded-nulls", coded([1, None, 0], pa.array(["a", None]))
    yield "coded-numbers", coded([1, None, 0], pa.array([2**63 - 1, -5]))
    yield "coded-structs", coded([1, None, 0], pa.array([{"x": 1}, {"x": 2}]))
    yield "coded-views", coded([1, None, 0], pa.array(["a" * 20, "b"], pa.string_view()))
    yield "coded-empty", coded([None, None], pa.array([], pa.string()))
    yield "coded-in-list", pa.array([["a", "b"], None]).cast(pa.list_(pa.dictionary(pa.int8(), pa.string())))
    yield "coded-in-struct", pa.StructArray.from_arrays([coded([0, 1])], ["d"])
    yield "json", pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(['{"a":1}', None]))
    yield "uuid", pa.array([b"0123456789abcdef", None], pa.uuid())
    nested = pa.array([1])
    for _ in range(60):
        nested = pa.StructArray.from_arrays([nested], ["a"])
    yield "deep", nested
    yield "column-without-name", pa.table({"": [1]})
    yield "columns-alike", pa.Table.from_arrays([WORDS, WORDS], ["a", "A"])
    yield "columns-none", pa.table({})
    yield "columns-odd", pa.table({'x"); DROP': [1], "__proto__": [2], "a.b": [3]})
    yield "columns-many", pa.table({f"c{index}": [1] for index in range(5001)})


def to_file(path, table, **options):
    with ipc.new_file(path, table.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)


def to_stream(path, schema, batches, **options):
    with ipc.new_stream(path, schema, options=ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch)


def shapes(at):
    """Batches, dictionaries and compression."""
    rows = pa.table({"a": list(range(20)), "s": [f"v{index}" for index in range(20)]})
    batches = rows.to_batches(max_chunksize=3)
    none = rows.schema.empty_table().to_batches() or [pa.RecordBatch.from_pylist([], rows.schema)]
    with ipc.new_file(f"{at}/batches.arrow", rows.schema) as writer:
        for batch in [*none, *batches, *none]:
            writer.write_batch(batch)
    to_stream(f"{at}/batches.arrows", rows.schema, [*none, *batches, *none])
    to_file(f"{at}/no-batches.arrow", rows.slice(0, 0))
    to_stream(f"{at}/no-batches.arrows", rows.schema, [])
    views = pa.array([f"a longer text {index % 9}" for index in range(1000)], pa.string_view())
    many = pa.table({"a": range(1000), "v": views, "l": [[index, None] for index in range(1000)]})
    for codec in ("lz4", "zstd"):
        to_file(f"{at}/{codec}.arrow", many, compression=codec)
        to_stream(f"{at}/{codec}.arrows", many.schema, many.to_batches(), compression=codec)
    to_file(f"{at}/version-4.arrow", rows, metadata_version=ipc.MetadataVersion.V4)
    to_stream(f"{at}/legacy.arrows", rows.schema, batches, use_legacy_format=True)
    feather.write_feather(rows, f"{at}/version-1.feather", version=1)
    first, more, other = coded([0, 1]), coded([2, 0], pa.array(["a", "b", "c"])), coded([0, 1], pa.array(["x", "y"]))
    first, more, other = (pa.RecordBatch.from_arrays([column], ["c"]) for column in (first, more, other))
    to_stream(f"{at}/delta.arrows", first.schema, [first, more], emit_dictionary_deltas=True)
    to_stream(f"{at}/replaced.arrows", first.schema, [first, other, first])
    deltas = ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with ipc.new_file(f"{at}/delta.arrow", first.schema, options=deltas) as writer:
        for batch in (first, more):
            writer.write_batch(batch)
    frame = pl.DataFrame(
        {
            "i": [1, None, 3],
            "s": ["a", "b" * 20, None],
            "c": pl.Series(["x", "y", None], dtype=pl.Categorical),
            "e": pl.Series(["x", "y", None], dtype=pl.Enum(["x", "y"])),
            "l": [[1, 2], [], None],
            "t": [dt.datetime(2020, 1, 1), None, dt.datetime(2021, 1, 1)],
            "b": [b"x", None, b""],
        }
    )
    frame.write_ipc(f"{at}/polars.arrow")
    frame.write_ipc(f"{at}/polars-zstd.arrow", compression="zstd")
    frame.write_ipc(f"{at}/polars-oldest.arrow", compat_level=pl.CompatLevel.oldest())
    frame.write_ipc_stream(f"{at}/polars.arrows")
    frame.clear().write_ipc(f"{at}/polars-empty.arrow")
    whole = open(f"{at}/batches.arrows", "rb").read()
    with_footer = open(f"{at}/batches.arrow", "rb").read()
    for part in range(1, 20):
        open(f"{at}/cut-{part}.arrows", "wb").write(whole[: len(whole) * part // 20])
        open(f"{at}/cut-{part}.arrow", "wb").write(with_footer[: len(with_footer) * part // 20])
    for name, content in (("cut-end", whole[:-8]), ("followed", whole + b"\0" * 8), ("twice", whole + whole)):
        open(f"{at}/{name}.arrows", "wb").write(content)
    open(f"{at}/followed.arrow", "wb").write(with_footer + b"xyz")


SCHEMA, DICTIONARY, BATCH = 1, 2, 3


class Table:
    """A table of a FlatBuffer, by the bytes of its fields."""

    def __init__(self, data, at):
        self.data, self.at = data, at

    def number(self, at, size=4):
        return int.from_bytes(self.data[at : at + size], "little", signed=size != 2)

    def slot(self, field):
        return self.at - self.number(self.at) + 4 + field * 2

    def field(self, field):
        return self.at + self.number(self.slot(field), 2)

    def target(self, field):
        return self.field(field) + self.number(self.field(field))

    def table(self, field):
        return Table(self.data, self.target(field))


def message(data, kind):
    """The header of the first message of a kind in a stream, and where its body begins."""
    at = 0
    while True:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        found = Table(data, at + 8 + int.from_bytes(data[at + 8 : at + 12], "little"))
        if data[found.field(1)] == kind:
            return found, at + 8 + length
        has_body = data[found.field(1)] != SCHEMA
        at += 8 + length + (found.number(found.field(3), 8) if has_body else 0)


def lies(at):
    """Streams in which one thing was changed."""
    values = pa.array([None if index % 3 == 0 else index for index in range(77)])
    texts = pa.array([f"text {index}" for index in range(77)])
    plain = pa.table({"n": values, "s": texts, "l": pa.array([[index] for index in range(77)])})

    def write(name, change, table=plain, kind=BATCH, **options):
        to_stream(f"{at}/{name}.arrows", table.schema, table.to_batches(), **options)
        data = bytearray(open(f"{at}/{name}.arrows", "rb").read())
        found, body = message(data, kind)
        change(data, found.table(2), body)
        open(f"{at}/{name}.arrows", "wb").write(data)

    def put(place, value, size=8):
        def change(data, header, body):
            start = place(header, body)
            data[start : start + size] = value.to_bytes(size, "little", signed=True)

        return change

    def node(index, second=False):
        return lambda header, _: header.target(1) + 4 + index * 16 + 8 * second

    def buffer(index, second=False):
        return lambda header, _: header.target(2) + 4 + index * 16 + 8 * second

    def within(index, offset):
        return lambda header, body: body + header.number(header.target(2) + 4 + index * 16, 8) + offset

    for name, nulls in (("none", 0), ("fewer", 25), ("more", 27), ("negative", -1), ("beyond", 2**40)):
        write(f"nulls-{name}", put(node(0, True), nulls))
    write("nulls-where-none-are", put(node(1, True), 3))
    for name, rows in (("rows-fewer", 76), ("rows-more", 78), ("rows-negative", -1), ("rows-huge", 2**40)):
        write(f"column-{name}", put(node(0), rows))
        write(name, put(lambda header, _: header.field(0), rows))
    write("items-fewer", put(node(3), 70))
    write("bitmap-short", put(buffer(0, True), 8))
    write("values-short", put(buffer(1, True), 8))
    write("offsets-short", put(buffer(3, True), 8))
    for name, offset in (("beyond", 2**40), ("negative", -8), ("uneven", 3)):
        write(f"buffer-{name}", put(buffer(1), offset))
    write("buffer-length-negative", put(buffer(1, True), -8))
    write("offset-back", put(within(3, 40), 1, 4))
    write("offset-beyond", put(within(3, 4 * 77), 10_000, 4))
    write("offset-negative", put(within(3, 0), -4, 4))
    write("list-beyond", put(within(6, 4 * 77), 10_000, 4))
    write("text-not-utf8", put(within(4, 3), -1, 1))
    views = pa.table({"v": pa.array(["a text of some length"] * 3, pa.string_view())})
    changes = (("length", 0, 5000), ("length-negative", 0, -5), ("prefix", 4, 0), ("buffer", 8, 7), ("offset", 12, -9))
    for name, place, value in changes:
        write(f"view-{name}", put(within(1, place), value, 4), views)
    words = pa.table({"c": coded([0, 1, 0])})
    write("index-beyond", put(within(1, 1), 2, 1), words)
    write("index-negative", put(within(1, 1), -1, 1), words)
    runs = pa.table({"r": pc.run_end_encode(pa.array([1, 1, 2, 2, 3]))})
    write("runs-back", put(within(0, 4), 1, 4), runs)
    write("runs-short", put(within(0, 8), 4, 4), runs)
    for codec in ("lz4", "zstd"):
        packed = pa.table({"z": pa.array([7] * 5000)})
        for name, length in (("more", 40_008), ("fewer", 8), ("none", 0), ("huge", 2**61), ("negative", -2)):
            write(f"{codec}-{name}", put(within(1, 0), length), packed, compression=codec)
        write(f"{codec}-broken", put(within(1, 8), 0), packed, compression=codec)

    def big_endian(data, header, _):
        # Any number but 0: the one that lies behind it in the table.
        data[header.slot(0) : header.slot(0) + 2] = (header.field(1) - header.at).to_bytes(2, "little")

    write("big-endian", big_endian, kind=SCHEMA)
    def without_dictionary(data, header, body):
        # Its index in the batch stays.
        start, end = data.index(b"\xff\xff\xff\xff", 8), data.index(b"\xff\xff\xff\xff", body)
        del data[start:end]

    write("dictionary-missing", without_dictionary, words, DICTIONARY)
    whole = open(f"{at}/rows-fewer.arrows", "rb").read()
    schema = whole[: 8 + int.from_bytes(whole[4:8], "little")]
    to_stream(f"{at}/plain.arrows", plain.schema, plain.to_batches())
    right = open(f"{at}/plain.arrows", "rb").read()
    open(f"{at}/schema-twice.arrows", "wb").write(schema + right)
    open(f"{at}/schema-behind.arrows", "wb").write(right[:-8] + schema + right[-8:])
    tensor = bytearray(right)
    tensor[message(tensor, BATCH)[0].field(1)] = 4
    open(f"{at}/tensor.arrows", "wb").write(tensor)


def damaged(at, source):
    """Files in which a bit, a byte or a number was changed by chance."""
    chance = random.Random(5)
    for name in sorted(json.loads(source)):
        data = open(f"{at}/{name}", "rb").read()
        for turn in range(4):
            changed = bytearray(data)
            if turn == 0:
                changed[chance.randrange(8, len(data))] ^= 1 << chance.randrange(8)
            elif turn == 1:
                start = chance.randrange(2, len(data) // 4) * 4
                value = chance.choice([0, 1, 2**31 - 1, 2**32 - 1])
                changed[start : start + 4] = value.to_bytes(4, "little")
            elif turn == 2:
                start = chance.randrange(1, len(data) // 8) * 8
                value = int.from_bytes(data[start : start + 8], "little")
                value = chance.choice([value + 1, value - 1, -value, value * 2, 2**62])
                changed[start : start + 8] = (value % 2**64).to_bytes(8, "little")
            else:
                changed[chance.randrange(8, len(data))] = chance.choice([0, 1, 2, 127, 128, 255])
            open(f"{at}/damaged/{turn}-{name}", "wb").write(changed)


NANOS = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}


def plain_value(value):
    kind = value.type
    if not value.is_valid:
        return None
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return value.value * NANOS[kind.unit]
    if pa.types.is_duration(kind):
        return value.value
    if isinstance(value, pa.ExtensionScalar):
        return value.value.as_py()
    return value.as_py()


def read(path):
    with open(path, "rb") as file:
        is_file = file.read(6) == b"ARROW1"
    table = ipc.open_file(path).read_all() if is_file else ipc.open_stream(path).read_all()
    return table


def compare(pairs):
    """What differs, or can't be read by pyarrow, in the order of the pairs."""
    for source, converted in pairs:
        try:
            expected, found = read(source), parquet.read_table(converted)
            if expected.column_names != found.column_names:
                yield f"{found.column_names} for {expected.column_names}"
                continue
            expected.validate(full=True)
            differing = [
                name
                for name, a, b in zip(expected.column_names, expected.columns, found.columns)
                if repr([plain_value(v) for v in a]) != repr([plain_value(v) for v in b])
            ]
            yield f"differs in {differing}" if differing else "same"
        except Exception as error:
            yield f"pyarrow: {error}"


if __name__ == "__main__":
    command, at, *rest = sys.argv[1:]
    if command == "write":
        for name, content in columns():
            table = content if isinstance(content, pa.Table) else pa.table({"c": content})
            to_file(f"{at}/{name}.arrow", table)
        shapes(at)
        lies(at)
    elif command == "damage":
        damaged(at, rest[0])
    else:
        print(json.dumps(list(compare(json.loads(at)))))
