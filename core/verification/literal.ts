import { ScanError } from './format.ts';

/** A literal of Python, as far as headers of arrays use it. Lists are tuples here. */
export type Literal = string | number | boolean | null | readonly Literal[] | ReadonlyMap<string, Literal>;

const MAX_DEPTH = 16;
const TOKEN =
  /\s*(?:([()[\]{},:])|'((?:[^'\\\n])*)'|"((?:[^"\\\n])*)"|(-?\d{1,15})L?(?![\w.])|(True|False|None)(?!\w))/y;

type Token =
  | { readonly kind: 'mark'; readonly text: string }
  | { readonly kind: 'value'; readonly value: string | number | boolean | null };

/** Reads one literal and nothing more: no escapes, no names, no operators. @throws ScanError */
export function parseLiteral(source: string): Literal {
  const parser = new Parser(source.trim());
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  value(depth: number): Literal {
    if (depth > MAX_DEPTH) throw this.#wrong('nested too deeply');
    const token = this.#next();
    if (token.kind === 'value') return token.value;
    if (token.text === '(') return this.#sequence(')', depth);
    if (token.text === '[') return this.#sequence(']', depth);
    if (token.text === '{') return this.#map(depth);
    throw this.#wrong(`an unexpected ${token.text}`);
  }

  end(): void {
    if (this.#at !== this.#source.length) throw this.#wrong('more than one literal');
  }

  #sequence(close: string, depth: number): readonly Literal[] {
    const items: Literal[] = [];
    while (!this.#skip(close)) {
      items.push(this.value(depth + 1));
      if (this.#skip(',')) continue;
      if (!this.#skip(close)) throw this.#wrong(`no ${close}`);
      break;
    }
    return items;
  }

  #map(depth: number): ReadonlyMap<string, Literal> {
    const entries = new Map<string, Literal>();
    while (!this.#skip('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || entries.has(key)) throw this.#wrong('a key that is no text, or given twice');
      if (!this.#skip(':')) throw this.#wrong('no colon');
      entries.set(key, this.value(depth + 1));
      if (this.#skip(',')) continue;
      if (!this.#skip('}')) throw this.#wrong('no }');
      break;
    }
    return entries;
  }

  #skip(mark: string): boolean {
    const before = this.#at;
    const token = this.#next();
    if (token.kind === 'mark' && token.text === mark) return true;
    this.#at = before;
    return false;
  }

  #next(): Token {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#source);
    if (found === null) throw this.#wrong('something that is no literal');
    this.#at = TOKEN.lastIndex;
    const [, mark, single, double, number, word] = found;
    if (mark !== undefined) return { kind: 'mark', text: mark };
    if (number !== undefined) return { kind: 'value', value: Number(number) };
    if (word !== undefined) return { kind: 'value', value: word === 'None' ? null : word === 'True' };
    return { kind: 'value', value: single ?? double ?? '' };
  }

  #wrong(what: string): ScanError {
    return new ScanError('malformed', `a header with ${what} at character ${this.#at}`, 0);
  }
}
