import { readMappings } from '../config/json-mappings.ts';
import { leavesFolder, type Mapping } from '../config/note.ts';
import { scanEmbedded } from '../embedded-text.ts';
import {
  evidenceOf,
  type Format,
  type FormatVerdict,
  type Note,
  readExactly,
  type ScanContext,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';
import { PARQUET, type ParquetStruct } from '../parquet-schema.ts';
import { readThrift, type Span, type ThriftStruct } from '../thrift.ts';

const MAGIC = 'PAR1';
/** The length of the footer, and the magic again. */
const TRAILER = 8;
const MAX_FOOTER = 32 * 2 ** 20;
/** Bytes up to which a text holds no pickle that does anything. */
const SHORT = 16;
const PIECE = 1 << 16;
/** Bytes of one text of metadata; Arrow's schema of a thousand columns takes some hundred thousand. */
const MAX_SCHEMA = 16 * 2 ** 20;
/** Bytes that headers of pages may take: at least, and as a share of the pages. */
const HEADERS = 4096;
const PAGES = 128;
const SPAN_BYTES = 64;
const MAX_TYPES = 5;
/** Spark's own types of vectors and matrices. */
const SPARK_TYPES = /^(?:org\.apache\.spark|pyspark)\.ml(?:lib)?\.linalg\.(?:Vector|Matrix)UDT$/;
/** The type of pyarrow that is a pickle (CVE-2023-47248). */
const PICKLED_TYPE = 'arrow.py_extension_type';

/**
 * Parquet, in which Spark keeps its models: the footer accounts for every byte, the values of columns are data, which no
 * reader of Parquet runs. The metadata is looked into: types in it make readers import and unpickle.
 */
export const parquet: Format = {
  name: 'parquet',
  rules: [
    {
      id: 'parquet-python-type',
      title: 'A type that a reader imports or unpickles',
      why: 'PySpark and older releases of pyarrow run code of whoever wrote the schema, when it is read.',
      cves: ['CVE-2023-47248'],
    },
    {
      id: 'parquet-outside-file',
      title: 'A column that lies in another file',
      why: 'Reading the table opens any path that whoever wrote it chose.',
    },
    {
      id: 'parquet-trailing-data',
      title: 'Data that no column has',
      why: 'What lies between the columns is read by some other loader.',
    },
  ],
  detect: (head, file, tail) =>
    startsWith(head, MAGIC) && startsWith(tail, MAGIC, tail.length - 4) && file.size >= MAGIC.length + TRAILER,
  scan: (file, context): FormatVerdict => {
    const size = Buffer.from(readExactly(file, file.size - TRAILER, 4)).readUInt32LE();
    const start = file.size - TRAILER - size;
    if (start < 4) throw new ScanError('malformed', `a footer of ${size} bytes`, file.size - TRAILER);
    if (size > MAX_FOOTER) throw new ScanError('too_large', `a footer of more than ${MAX_FOOTER} bytes`, start);
    context.keep(size);
    const found = new Footer(file, context);
    const bytes = Buffer.from(readExactly(file, start, size));
    const end = readThrift(bytes, start, PARQUET, 'file', { tick: context.tick, struct: (one) => found.take(one) });
    if (end !== start + size) throw new ScanError('malformed', 'bytes behind the metadata', end);
    found.account(start);
    const { notes } = found;
    return { format: 'parquet', verdict: notes.length > 0 ? 'finding' : 'clean', notes };
  },
};

class Footer {
  readonly notes: Note[] = [];
  readonly #file: Source;
  readonly #context: ScanContext;
  readonly #ranges: Span[] = [];
  /** Numbers of the last one, which its chunk comes after. */
  #column: ReadonlyMap<number, number> | null = null;
  #isOpen = false;
  /** Paths that were told: each column names its file. */
  readonly #outside = new Set<string>();

  constructor(file: Source, context: ScanContext) {
    this.#file = file;
    this.#context = context;
  }

  take(one: ThriftStruct<ParquetStruct>): void {
    switch (one.name) {
      case 'pair':
        this.#pair(one);
        break;
      case 'chunk':
        this.#chunk(one);
        break;
      case 'column':
        this.#column = one.numbers;
        break;
      case 'schema':
      case 'file':
      case 'geometry':
        for (const span of one.texts.values()) this.#text(span);
        break;
      default:
    }
  }

  #pair({ texts }: ThriftStruct<ParquetStruct>): void {
    const [key, value] = [texts.get(1), texts.get(2)];
    if (key !== undefined) this.#text(key);
    if (value === undefined) return;
    this.#text(value);
    const source = slice(this.#file, 'metadata', value.start, value.end);
    const name = key === undefined ? '' : this.#read(key);
    if (this.#holdsPickledType(name, source)) this.#pythonType(PICKLED_TYPE, value.start);
    for (const type of sparkTypes(source)) this.#pythonType(type, value.start);
  }

  /** Arrow's own schema is a FlatBuffer as Base64, in which texts stand as they are. */
  #holdsPickledType(name: string, value: Source): boolean {
    if (value.size > MAX_SCHEMA) throw new ScanError('too_large', `metadata of more than ${MAX_SCHEMA} bytes`, 0);
    const text = Buffer.from(readExactly(value, 0, value.size)).toString('latin1');
    return (
      text.includes(PICKLED_TYPE) || (name === 'ARROW:schema' && Buffer.from(text, 'base64').includes(PICKLED_TYPE))
    );
  }

  #pythonType(type: string, offset: number): void {
    this.notes.push({
      rule: 'parquet-python-type',
      severity: 'critical',
      message: 'the schema names a type that its reader imports, or unpickles from the schema itself',
      fix: 'Write the table without types of Python (Spark: plain columns, vectors and matrices; Arrow: no PyExtensionType).',
      offset,
      evidence: evidenceOf(type),
    });
  }

  #chunk({ numbers, texts, at }: ThriftStruct<ParquetStruct>): void {
    const column = this.#column;
    this.#column = null;
    const path = texts.get(1);
    // All places are in that file.
    if (path !== undefined) {
      this.#path(path);
      return;
    }
    if (column === null) throw new ScanError('unsupported', 'a column whose metadata is not in the footer', at);
    // Some writers say 0 where there is no dictionary.
    const pages = [9, 10, 11].map((field) => column.get(field) ?? 0).filter((offset) => offset !== 0);
    this.#range(Math.min(...pages), column.get(7) ?? 0, at);
    // Where the length is not said, nothing can be said of what lies behind either.
    if (column.has(14) && !column.has(15)) this.#isOpen = true;
    this.#range(column.get(14) ?? 0, column.get(15) ?? 0, at);
    this.#range(numbers.get(4) ?? 0, numbers.get(5) ?? 0, at);
    this.#range(numbers.get(6) ?? 0, numbers.get(7) ?? 0, at);
  }

  #range(start: number, length: number, at: number): void {
    if (length === 0) return;
    if (length < 0 || !Number.isSafeInteger(start + length))
      throw new ScanError('malformed', `a column of ${length} bytes`, at);
    this.#context.keep(SPAN_BYTES);
    this.#ranges.push({ start, end: start + length });
  }

  #path(span: Span): void {
    const path = this.#read(span);
    if (!leavesFolder(path) || this.#outside.has(path)) return;
    this.#context.keep(2 * path.length + SPAN_BYTES);
    this.#outside.add(path);
    this.notes.push({
      rule: 'parquet-outside-file',
      severity: 'high',
      message: 'a column lies in a file outside of the folder',
      fix: 'Write the table anew, with its columns in it.',
      offset: span.start,
      evidence: evidenceOf(path),
    });
  }

  /** Writers align columns with zeros, and polars leaves the headers of pages out of their length: nothing else may lie between them. */
  account(footer: number): void {
    let at = MAGIC.length;
    let slack = 0;
    for (const { start, end } of this.#ranges.sort((one, other) => one.start - other.start)) {
      if (start < MAGIC.length || end > footer)
        throw new ScanError('malformed', `a column from ${start} to ${end}, outside of the file's data`, start);
      if (start - at > slack) this.#gap(at, start);
      if (end > at) slack = Math.max(HEADERS, (end - start) / PAGES);
      at = Math.max(at, end);
    }
    if (footer - at > slack) this.#gap(at, footer);
  }

  #gap(start: number, end: number): void {
    if (this.#isOpen) return;
    for (let at = start; at < end; at += PIECE) {
      this.#context.tick();
      const index = readExactly(this.#file, at, Math.min(PIECE, end - at)).findIndex((byte) => byte !== 0);
      if (index === -1) continue;
      this.notes.push({
        rule: 'parquet-trailing-data',
        severity: 'high',
        message: `bytes from ${start} to ${end} belong to no column`,
        fix: 'Write the table anew.',
        offset: at + index,
      });
      return;
    }
  }

  #read({ start, end }: Span): string {
    return Buffer.from(readExactly(this.#file, start, end - start)).toString();
  }

  #text({ start, end }: Span): void {
    if (end - start >= SHORT) scanEmbedded(slice(this.#file, 'metadata', start, end), this.#context);
  }
}

/** Types of users in the schema that Spark keeps as JSON: PySpark imports their modules, or unpickles them. */
function sparkTypes(value: Source): readonly string[] {
  const types: string[] = [];
  const judge = (one: Mapping): void => {
    if (one.type !== 'udt' || types.length >= MAX_TYPES) return;
    const names = [one.class, one.pyClass].filter((name) => name !== undefined && name !== null);
    const isOwn = names.length > 0 && names.every((name) => typeof name === 'string' && SPARK_TYPES.test(name));
    if (!isOwn || 'serializedClass' in one) types.push(names.map(String).join(', '));
  };
  try {
    if (/^\s*[{[]/.test(Buffer.from(value.read(0, SHORT)).toString('latin1'))) readMappings(value, judge, () => {});
  } catch (error) {
    // What is no JSON is no schema.
    if (!(error instanceof ScanError) || error.code !== 'malformed') throw error;
  }
  return types;
}
