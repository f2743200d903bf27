import { Buffer } from 'node:buffer';
import { faultAt } from './json-fault.ts';
import { itemOf, type JsonItem, MAX_RECORD, TOO_LONG } from './json-lines.ts';
import { readRecord } from './json-text.ts';

const [LINE_FEED, QUOTE, COMMA, BACKSLASH] = [0x0a, 0x22, 0x2c, 0x5c];
const [ARRAY, ARRAY_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Reads a JSON text that is one array of objects, record by record, in little memory. The line of a record is the one on
 * which it begins. What is not an array, or goes on after it, ends the reading.
 */
export function* readJsonArray(chunks: Iterable<Uint8Array>): Generator<JsonItem, void, void> {
  const scanner = new ArrayScanner();
  for (const chunk of chunks) {
    yield* scanner.read(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (scanner.state === 'stopped') return;
  }
  yield* scanner.end();
}

class ArrayScanner {
  state: 'before' | 'within' | 'after' | 'stopped' = 'before';
  #line = 1;
  /** Of the record that is being read; null before its first character. */
  #start: number | null = null;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Whether a comma came before, so that a record has to follow. */
  #expected = false;

  *read(bytes: Buffer): Generator<JsonItem, void, void> {
    let from = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === LINE_FEED) this.#line += 1;
      if (this.#inString) {
        this.#string(byte);
        continue;
      }
      if (this.state !== 'within') {
        yield* this.#outside(byte);
        if (this.state === 'stopped') return;
        from = at + 1;
        continue;
      }
      if (this.#depth === 0 && (byte === COMMA || byte === ARRAY_END)) {
        this.#keep(bytes.subarray(from, at));
        yield* this.#record(byte === COMMA);
        from = at + 1;
      } else this.#inside(byte);
    }
    if (this.state === 'within') this.#keep(bytes.subarray(from));
    if (this.#held > MAX_RECORD) {
      this.state = 'stopped';
      yield { kind: 'problem', line: this.#start ?? this.#line, message: TOO_LONG, code: 'record_too_long' };
    }
  }

  *end(): Generator<JsonItem, void, void> {
    if (this.state === 'before') yield this.#stop('expected a JSON array of objects, found nothing', 1);
    else if (this.state === 'within') yield this.#unclosed();
  }

  /** What is wrong before the end is the cause: a quote or a bracket too few takes all that follows along. */
  #unclosed(): JsonItem {
    const start = this.#start ?? this.#line;
    const rest = Buffer.concat(this.#pieces).toString('utf8');
    const record = readRecord(rest);
    if (!record.ok && faultAt(rest) < rest.trimEnd().length) return this.#stop(record.message, start + record.lines);
    return this.#stop('the array is never closed: the file is cut, or a bracket or quote is missing', start);
  }

  #string(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #inside(byte: number): void {
    if (this.#start === null && !isBlank(byte)) this.#start = this.#line;
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OBJECT || byte === ARRAY) this.#depth += 1;
    // What closes too often is found when the record is read.
    else if ((byte === OBJECT_END || byte === ARRAY_END) && this.#depth > 0) this.#depth -= 1;
  }

  *#outside(byte: number): Generator<JsonItem, void, void> {
    if (isBlank(byte)) return;
    if (this.state === 'after') yield this.#stop('text after the end of the array', this.#line);
    else if (byte === ARRAY) this.state = 'within';
    else if (byte === OBJECT)
      yield this.#stop(
        'expected a JSON array of objects, found an object: a file with one object a line is JSON Lines, and named .jsonl',
        this.#line,
      );
    else yield this.#stop('expected a JSON array of objects, found something else (or a byte order mark)', this.#line);
  }

  #keep(piece: Uint8Array): void {
    if (piece.length > 0) this.#pieces.push(piece);
    this.#held += piece.length;
  }

  *#record(more: boolean): Generator<JsonItem, void, void> {
    const start = this.#start ?? this.#line;
    if (this.#start !== null) yield* itemOf(this.#pieces, start);
    else if (more || this.#expected)
      yield { kind: 'problem', line: start, message: 'expected a JSON object, found a comma too many' };
    this.#expected = more;
    this.#pieces = [];
    this.#held = 0;
    this.#start = null;
    if (!more) this.state = 'after';
  }

  #stop(message: string, line: number): JsonItem {
    this.state = 'stopped';
    return { kind: 'problem', line, message };
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === LINE_FEED || byte === 0x0d;
}
