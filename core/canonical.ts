import { createHash } from 'node:crypto';
import { Sha256 } from './names.ts';

/** Nesting above this is refused: our own documents stay far below, and recursion must end before the stack does. */
const MAX_DEPTH = 200;

export type CanonicalErrorCode = 'not_json' | 'not_finite' | 'lone_surrogate' | 'too_deep';

export class CanonicalError extends Error {
  override readonly name = 'CanonicalError';
  readonly code: CanonicalErrorCode;

  constructor(code: CanonicalErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * JSON Canonicalization Scheme, RFC 8785: members sorted by UTF-16 code units, numbers as ECMAScript prints them.
 *
 * @throws {CanonicalError} for what JSON can't say: `undefined`, functions, `NaN`, infinities, lone surrogates, and
 *   objects that are not plain.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', 0);
}

/** SHA-256 as lower-case hex; a string is hashed as UTF-8. */
export function sha256Hex(data: Uint8Array | string): Sha256 {
  return Sha256.parse(createHash('sha256').update(data).digest('hex'));
}

/** SHA-256 over the RFC 8785 form of `value`. @throws {CanonicalError} */
export function digestOf(value: unknown): Sha256 {
  return sha256Hex(canonicalJson(value));
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > MAX_DEPTH) throw new CanonicalError('too_deep', `${path} is nested deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeString(value, path);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new CanonicalError('not_finite', `expected a finite number at ${path}, got ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    // Array.from makes holes visible as undefined, which is refused below.
    return `[${Array.from(value, (item, index) => write(item, `${path}[${index}]`, depth + 1)).join(',')}]`;
  }
  if (typeof value === 'object' && isPlain(value)) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, item]) => `${writeString(key, path)}:${write(item, `${path}.${key}`, depth + 1)}`).join(',')}}`;
  }
  throw new CanonicalError('not_json', `expected a JSON value at ${path}, got ${describe(value)}`);
}

function writeString(text: string, path: string): string {
  if (!text.isWellFormed()) throw new CanonicalError('lone_surrogate', `the text at ${path} holds a lone surrogate`);
  return JSON.stringify(text);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `an instance of ${value.constructor.name}` : typeof value;
}
