import { NOT_UTF8 } from './text/encoding.ts';

export type JsonLine =
  | { readonly kind: 'record'; readonly line: number }
  | { readonly kind: 'problem'; readonly line: number; readonly message: string };

/** In bytes. */
const MAX_LINE = 16 * 1024 * 1024;

/** Reads JSON Lines as far as to say which line holds a record and which is none. Blank lines are neither. */
export function* readJsonLines(chunks: Iterable<Uint8Array>): Generator<JsonLine, void, void> {
  let line = 1;
  let rest: Uint8Array = new Uint8Array(0);
  for (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, at)) {
      const bytes = rest.length === 0 ? chunk.subarray(at, end) : joined(rest, chunk.subarray(at, end));
      rest = new Uint8Array(0);
      yield* readLine(bytes, line);
      line += 1;
      at = end + 1;
    }
    rest = joined(rest, chunk.subarray(at));
    if (rest.length > MAX_LINE) {
      yield { kind: 'problem', line, message: `a line may have ${MAX_LINE} bytes at most` };
      return;
    }
  }
  yield* readLine(rest, line);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function* readLine(bytes: Uint8Array, line: number): Generator<JsonLine, void, void> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    yield { kind: 'problem', line, message: NOT_UTF8 };
    return;
  }
  if (text.trim() === '') return;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) yield { kind: 'record', line };
    else yield { kind: 'problem', line, message: 'expected a JSON object, found another value' };
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : String(error);
    yield { kind: 'problem', line, message: `expected a JSON object, found what is no JSON: ${why.slice(0, 200)}` };
  }
}
