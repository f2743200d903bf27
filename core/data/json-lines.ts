import { Buffer } from 'node:buffer';
import { readRecord } from './json-text.ts';
import { NOT_UTF8 } from './text/encoding.ts';

export type JsonItem =
  | { readonly kind: 'record'; readonly line: number; readonly keys: readonly string[] }
  | {
      readonly kind: 'problem';
      readonly line: number;
      readonly message: string;
      /** Absent where the text itself is wrong. */
      readonly code?: 'record_too_long';
    };

/** Of a record, in bytes. */
export const MAX_RECORD = 16 * 1024 * 1024;

export const TOO_LONG = `a record of more than ${MAX_RECORD} bytes, which is the most that is read: write such data as Parquet`;

/** Reads JSON Lines as far as to say which line holds a record and which is none. Blank lines are neither. */
export function* readJsonLines(chunks: Iterable<Uint8Array>): Generator<JsonItem, void, void> {
  let line = 1;
  let rest: Uint8Array[] = [];
  let held = 0;
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
      rest.push(bytes.subarray(at, end));
      yield* itemOf(rest, line);
      rest = [];
      held = 0;
      line += 1;
      at = end + 1;
    }
    rest.push(bytes.subarray(at));
    held += bytes.length - at;
    if (held > MAX_RECORD) {
      yield { kind: 'problem', line, message: TOO_LONG, code: 'record_too_long' };
      return;
    }
  }
  yield* itemOf(rest, line);
}

/** The record that these bytes are; nothing where they are blank. */
export function* itemOf(pieces: readonly Uint8Array[], line: number): Generator<JsonItem, void, void> {
  let text: string;
  try {
    const [only] = pieces;
    const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    yield { kind: 'problem', line, message: NOT_UTF8 };
    return;
  }
  // JSON knows four characters of white space; others are no blank line.
  if (/^[ \t\r]*$/.test(text)) return;
  const record = readRecord(text);
  if (record.ok) yield { kind: 'record', line, keys: record.keys };
  else yield { kind: 'problem', line: line + record.lines, message: record.message };
}
