import { ROW_PROBLEMS, readQuoted } from './csv-quoted.ts';
import { NOT_UTF8 } from './text/encoding.ts';

/**
 * A streaming reader of comma-separated values (RFC 4180) for hostile bytes. It is stricter than most on purpose: where
 * readers disagree (a lone carriage return, a stray quote, a NUL), training could see other rows than validation did,
 * so those are errors here.
 */

export type CsvErrorCode =
  | 'invalid_utf8'
  | 'nul'
  | 'bare_carriage_return'
  | 'stray_quote'
  | 'unterminated_quote'
  | 'column_count'
  | 'record_too_long';

export interface CsvRecord {
  readonly kind: 'record';
  /** Physical line on which the record starts, from 1. */
  readonly line: number;
  readonly values: string[];
}

export interface CsvProblem {
  readonly kind: 'problem';
  readonly code: CsvErrorCode;
  readonly line: number;
  readonly message: string;
  /** Nothing follows a fatal problem: the rest of the bytes has no reliable meaning. */
  readonly fatal: boolean;
}

export type CsvItem = CsvRecord | CsvProblem;

/** In UTF-16 code units. Bounds memory, and what an unterminated quote can swallow. */
const MAX_RECORD = 1 << 20;

/**
 * Reads records. The first one (the header) fixes the number of columns. A leading byte order mark is dropped, the last
 * line end is optional, and `\n` and `\r\n` may be mixed.
 * @param delimiter one character, neither a quote nor a line end
 * @param first what the first line is to whoever reads a message
 */
export function* readCsv(
  chunks: Iterable<Uint8Array | string>,
  delimiter = ',',
  first: 'header' | 'first line' = 'header',
): Generator<CsvItem, void, void> {
  const scanner = new CsvScanner(delimiter, first);
  for (const text of decode(chunks)) {
    if (text === null) {
      yield* scanner.scan(false);
      yield scanner.problem('invalid_utf8', scanner.line, NOT_UTF8, true);
      return;
    }
    scanner.append(text);
    yield* scanner.scan(false);
    if (scanner.stopped) return;
  }
  yield* scanner.scan(true);
}

/** Yields text, and null last where the bytes are not UTF-8 (the text of good chunks before it has been yielded). */
function* decode(chunks: Iterable<Uint8Array | string>): Generator<string | null, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let first = true;
  for (const chunk of chunks) {
    if (typeof chunk === 'string') {
      yield first && chunk.startsWith('\uFEFF') ? chunk.slice(1) : chunk;
    } else {
      const text = decodeOr(decoder, chunk);
      if (text === null) {
        yield* salvage(chunk);
        yield null;
        return;
      }
      yield text;
    }
    first = false;
  }
  if (decodeOr(decoder, undefined) === null) yield null;
}

function decodeOr(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array | undefined): string | null {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    return null;
  }
}

/** The whole lines before the first bad byte, so that the problem is reported on the right line. */
function* salvage(chunk: Uint8Array): Generator<string, void, void> {
  const text = new TextDecoder('utf-8').decode(chunk);
  const bad = text.indexOf('\uFFFD');
  const end = text.lastIndexOf('\n', bad === -1 ? text.length : bad);
  if (end > 0) yield text.slice(0, end + 1);
}

class CsvScanner {
  line = 1;
  stopped = false;
  #buffer = '';
  #at = 0;
  #columns = -1;
  #quote = -1;
  #special = -1;
  readonly #delimiter: number;

  readonly #first: string;

  constructor(delimiter: string, first: string) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#first = first;
  }

  append(text: string): void {
    this.#buffer = this.#at === this.#buffer.length ? text : this.#buffer.slice(this.#at) + text;
    this.#at = 0;
    this.#quote = -2;
    this.#special = -2;
  }

  problem(code: CsvErrorCode, line: number, message: string, fatal: boolean): CsvProblem {
    if (fatal) this.stopped = true;
    return { kind: 'problem', code, line, message, fatal };
  }

  /** All records that are complete in the buffer; at the end of the input, the last one, too. */
  *scan(atEnd: boolean): Generator<CsvItem, void, void> {
    while (!this.stopped && this.#at < this.#buffer.length) {
      const newline = this.#buffer.indexOf('\n', this.#at);
      const end = newline === -1 ? this.#buffer.length : newline;
      if (this.#nextQuote() < end) {
        const item = this.#quotedRecord(atEnd);
        if (item === 'more') return;
        yield item;
        continue;
      }
      if (newline === -1 && !atEnd) {
        if (end - this.#at > MAX_RECORD) yield this.#tooLong();
        return;
      }
      yield this.#plainRecord(end, newline === -1);
    }
  }

  /** A record without any quote: one physical line, split at its commas. */
  #plainRecord(end: number, last: boolean): CsvItem {
    const start = this.#at;
    const line = this.line;
    this.#at = last ? end : end + 1;
    this.line += 1;
    if (end - start > MAX_RECORD) return this.#tooLong();
    const cut = end > start && this.#buffer.charCodeAt(end - 1) === 13 ? end - 1 : end;
    if (this.#nextSpecial(start) < cut) return this.#specialProblem(line);
    return this.#record(line, splitPlain(this.#buffer, start, cut, this.#delimiter, Math.max(this.#columns, 0)));
  }

  #record(line: number, values: string[]): CsvItem {
    if (this.#columns === -1) this.#columns = values.length;
    if (values.length === this.#columns) return { kind: 'record', line, values };
    const found = values.length === 1 && values[0] === '' ? 'an empty line' : `${values.length}`;
    const columns = this.#columns === 1 ? 'column' : 'columns';
    const message = `expected ${this.#columns} ${columns} as in the ${this.#first}, found ${found}`;
    return this.problem('column_count', line, message, false);
  }

  #quotedRecord(atEnd: boolean): CsvItem | 'more' {
    const result = readQuoted(this.#buffer, this.#at, atEnd, this.#delimiter);
    const line = this.line;
    if (result.kind === 'more') return this.#buffer.length - this.#at > MAX_RECORD ? this.#tooLong() : 'more';
    if (result.kind === 'unterminated') {
      return this.problem('unterminated_quote', line, 'a quoted field that starts here is never closed', true);
    }
    this.#at = result.end;
    this.line += result.lines;
    if (result.kind === 'record') return this.#record(line, result.values);
    return this.problem(result.code, line + result.lineOffset, ROW_PROBLEMS[result.code], result.code === 'nul');
  }

  #tooLong(): CsvProblem {
    const message = `a record of more than ${MAX_RECORD} characters, which is the most that is read: write long texts as JSON Lines or Parquet`;
    return this.problem('record_too_long', this.line, message, true);
  }

  #specialProblem(line: number): CsvProblem {
    const code = this.#buffer.charCodeAt(this.#special) === 0 ? 'nul' : 'bare_carriage_return';
    return this.problem(code, line, ROW_PROBLEMS[code], code === 'nul');
  }

  /** Position of the next quote, remembered between records so that plain rows are searched only once. */
  #nextQuote(): number {
    if (this.#quote < this.#at) this.#quote = orEnd(this.#buffer.indexOf('"', this.#at));
    return this.#quote;
  }

  /** Position of the next NUL, or of a carriage return that no newline follows. */
  #nextSpecial(from: number): number {
    if (this.#special >= from) return this.#special;
    const nul = orEnd(this.#buffer.indexOf('\0', from));
    let cr = this.#buffer.indexOf('\r', from);
    while (cr !== -1 && this.#buffer.charCodeAt(cr + 1) === 10) cr = this.#buffer.indexOf('\r', cr + 1);
    this.#special = Math.min(nul, orEnd(cr));
    return this.#special;
  }
}

/** `split(',')` without the copy of the line that it would need first: twice as fast on rows of short fields. */
function splitPlain(text: string, start: number, end: number, delimiter: number, expected: number): string[] {
  const values = new Array<string>(expected);
  let count = 0;
  let from = start;
  for (let at = start; at < end; at += 1) {
    if (text.charCodeAt(at) !== delimiter) continue;
    values[count] = text.substring(from, at);
    count += 1;
    from = at + 1;
  }
  values[count] = text.substring(from, end);
  values.length = count + 1;
  return values;
}

function orEnd(index: number): number {
  return index === -1 ? Number.MAX_SAFE_INTEGER : index;
}

/** One CSV line with `\n`, quoted where needed. */
export function csvLine(values: readonly string[]): string {
  return `${values.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')}\n`;
}
