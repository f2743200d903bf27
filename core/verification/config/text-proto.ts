import type { Mapping } from './note.ts';

const MAX_DEPTH = 50;
const TOKEN =
  /(?:\s|#[^\n]*(?:\n|$))*(?:([A-Za-z_][\w.]*)|("(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')|([-+]?[\d.][\w.+-]*|-\s*[A-Za-z]\w*)|([:{}<>[\],;]))/y;
const REST = /(?:\s|#[^\n]*(?:\n|$))*/y;

type Message = { [name: string]: unknown };
interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'mark';
  readonly text: string;
}

/**
 * A message of protobuf as text (https://protobuf.dev/reference/protobuf/textformat-spec): fields by their names, a list
 * where one occurs more than once. Null for any other text, and for extensions, which are in no file that is read here.
 */
export function readTextProto(text: string): Mapping | null {
  const reader = new Reader(text.replace(/^\uFEFF/, ''));
  const message = reader.fields(null, 0);
  return message !== null && Object.keys(message).length > 0 ? message : null;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fields(close: string | null, depth: number): Message | null {
    // Without a prototype `__proto__` is a name like any other.
    const message: Message = Object.create(null);
    for (;;) {
      if (close === null && this.#atEnd()) return message;
      const token = this.#next();
      if (token === null || depth > MAX_DEPTH) return null;
      if (token.kind === 'mark' && token.text === close) return message;
      if (token.kind !== 'name') return null;
      const value = this.#field(depth);
      if (value === null) return null;
      const before = message[token.text];
      if (before === undefined) message[token.text] = value.length === 1 ? value[0] : value;
      else if (Array.isArray(before)) for (const one of value) before.push(one);
      else message[token.text] = [before, ...value];
      this.#skip(',;');
    }
  }

  /** What stands behind a name: one value or the items of a list. Only a message may go without the colon. */
  #field(depth: number): unknown[] | null {
    const colon = this.#skip(':');
    if (!this.#skip('[')) {
      const value = this.#value(depth, colon);
      return value === undefined ? null : [value];
    }
    const items: unknown[] = [];
    while (!this.#skip(']')) {
      const value = this.#value(depth, true);
      if (value === undefined) return null;
      items.push(value);
      if (!this.#skip(',') && !this.#sees(']')) return null;
    }
    return items;
  }

  #value(depth: number, colon: boolean): unknown {
    const token = this.#next();
    if (token === null) return undefined;
    if (token.kind === 'mark') {
      const close = token.text === '{' ? '}' : token.text === '<' ? '>' : null;
      return close === null ? undefined : (this.fields(close, depth + 1) ?? undefined);
    }
    if (!colon) return undefined;
    if (token.kind !== 'string') return token.text;
    let text = unescaped(token.text);
    for (let at = this.#at; ; at = this.#at) {
      const next = this.#next();
      if (next?.kind !== 'string') {
        this.#at = at;
        return text;
      }
      text += unescaped(next.text);
    }
  }

  #next(): Token | null {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (found === null) return null;
    const [, name, string, number, mark] = found;
    this.#at = TOKEN.lastIndex;
    if (name !== undefined) return { kind: 'name', text: name };
    if (string !== undefined) return { kind: 'string', text: string };
    if (number !== undefined) return { kind: 'number', text: number };
    return { kind: 'mark', text: mark ?? '' };
  }

  #sees(marks: string): boolean {
    const at = this.#at;
    const token = this.#next();
    this.#at = at;
    return token?.kind === 'mark' && marks.includes(token.text);
  }

  #skip(marks: string): boolean {
    if (!this.#sees(marks)) return false;
    this.#next();
    return true;
  }

  #atEnd(): boolean {
    REST.lastIndex = this.#at;
    REST.test(this.#text);
    return REST.lastIndex >= this.#text.length;
  }
}

function unescaped(quoted: string): string {
  const text = quoted.slice(1, -1);
  return text.replace(/\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|([\s\S]))/g, (...found) => {
    const [, byte, unit, octal, other] = found;
    const hex = byte ?? unit;
    if (typeof hex === 'string') return String.fromCodePoint(Number.parseInt(hex, 16));
    return typeof octal === 'string' ? String.fromCodePoint(Number.parseInt(octal, 8)) : String(other);
  });
}
