import { isMapping, type Mapping } from './note.ts';

/** Tables and lists in one another; no file that anybody wrote has more. */
const MAX_DEPTH = 30;
const HEADER = /^[ \t]*\[{1,2}([^\n]*?)\]{1,2}[ \t]*(?:[#;].*)?$/;
/** Of bounded length, so that no line is read over and over. */
const KEY =
  /[ \t]{0,100}((?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|[^\s=:#;"'[\]{}][^=:\n"']{0,200}?))[ \t]{0,100}([=:])[ \t]*/y;
const PART = /"([^"]*)"|'([^']*)'|[^.\s"']+/g;
const SPACE = /(?:\s|#[^\n]*(?:\n|$))*/y;

type Table = { [key: string]: unknown };

/**
 * TOML, and what is written like it (`setup.cfg`, `pip.conf`, the `config.cfg` of spaCy): sections as mappings in one
 * another, by the dots in their names. Read for what it may ask for: no line is an error, a value that can't be read is its
 * text, and of a key given twice both values are kept. Null where no line sets a key, or one without a section is YAML.
 */
export function readSections(text: string): Mapping | null {
  const root = table();
  let current = root;
  let [sections, keys] = [0, 0];
  for (let at = 0; at < text.length; ) {
    const end = endOfLine(text, at);
    const header = HEADER.exec(text.slice(at, end).replace(/\r$/, ''));
    KEY.lastIndex = at;
    const key = header === null ? KEY.exec(text) : null;
    at = end + 1;
    if (header !== null) {
      sections += 1;
      current = table();
      put(root, partsOf(header[1] ?? ''), current);
    } else if (key !== null && KEY.lastIndex <= end && (key[2] === '=' || sections > 0)) {
      keys += 1;
      const read = readValue(text, KEY.lastIndex);
      put(current, partsOf(key[1] ?? ''), read.value);
      at = Math.max(at, read.end);
    }
  }
  return keys > 0 ? root : null;
}

/** Without a prototype `__proto__` is a key like any other. */
function table(): Table {
  return Object.create(null);
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function partsOf(name: string): readonly string[] {
  const parts = Array.from(name.matchAll(PART), ([bare, double, single]) => double ?? single ?? bare);
  return parts.length === 0 ? [name] : parts.slice(0, MAX_DEPTH);
}

function put(into: Table, path: readonly string[], value: unknown): void {
  let place = into;
  for (const part of path.slice(0, -1)) {
    const held = place[part];
    const last: unknown = Array.isArray(held) ? held.at(-1) : held;
    if (isTable(last)) place = last;
    else {
      const next = table();
      place[part] = held === undefined ? next : [held, next];
      place = next;
    }
  }
  const name = path.at(-1) ?? '';
  const before = place[name];
  if (before === undefined) place[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else place[name] = [before, value];
}

/** What was made here: mappings that are read are of the same kind. */
function isTable(value: unknown): value is Table {
  return isMapping(value);
}

/** A value of TOML or JSON, or else the rest of the line and of those that are indented below it. */
function readValue(text: string, start: number): { readonly value: unknown; readonly end: number } {
  const values = new Values(text, start);
  const value = values.value(0);
  const rest = /^[ \t]*(?:[#;][^\n]*)?(?:\r?\n|$)/.exec(text.slice(values.at, values.at + 2000));
  if (value !== undefined && rest !== null) return { value, end: values.at + rest[0].length };
  let end = endOfLine(text, start);
  while (/^\n[ \t]+\S/.test(text.slice(end, end + 200))) end = endOfLine(text, end + 1);
  const lines = text.slice(start, end).replace(/(^|\s)[#;][^\n]*/g, '$1');
  return { value: lines.trim(), end: end + 1 };
}

class Values {
  readonly #text: string;
  at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  /** Undefined where there is none that ends. */
  value(depth: number): unknown {
    const mark = this.#text[this.at];
    if (depth > MAX_DEPTH) return undefined;
    if (mark === '"' || mark === "'") return this.#string(mark);
    if (mark === '[') return this.#list(depth);
    if (mark === '{') return this.#table(depth);
    if (depth === 0) return undefined;
    const bare = /[^\s,\]}#"'[{]+/y;
    bare.lastIndex = this.at;
    const found = bare.exec(this.#text);
    if (found === null) return undefined;
    this.at = bare.lastIndex;
    return found[0];
  }

  #string(quote: string): string | undefined {
    const long = this.#text.startsWith(quote.repeat(3), this.at);
    const close = long ? quote.repeat(3) : quote;
    const start = this.at + close.length;
    for (let at = start; at < this.#text.length; at += 1) {
      const one = this.#text[at];
      if (one === '\\' && quote === '"') at += 1;
      else if (one === '\n' && !long) return undefined;
      else if (one === quote && this.#text.startsWith(close, at)) {
        this.at = at + close.length;
        return plain(this.#text.slice(start, at), quote);
      }
    }
    return undefined;
  }

  #list(depth: number): unknown {
    const items: unknown[] = [];
    this.at += 1;
    for (;;) {
      this.#space();
      if (this.#skip(']')) return items;
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      this.#space();
      if (!this.#skip(',') && this.#text[this.at] !== ']') return undefined;
    }
  }

  #table(depth: number): unknown {
    const made = table();
    this.at += 1;
    for (;;) {
      this.#space();
      if (this.#skip('}')) return made;
      KEY.lastIndex = this.at;
      const key = KEY.exec(this.#text);
      if (key === null) return undefined;
      this.at = KEY.lastIndex;
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      put(made, partsOf(key[1] ?? ''), item);
      this.#space();
      if (!this.#skip(',') && this.#text[this.at] !== '}') return undefined;
    }
  }

  #space(): void {
    SPACE.lastIndex = this.at;
    SPACE.test(this.#text);
    this.at = SPACE.lastIndex;
  }

  #skip(mark: string): boolean {
    if (this.#text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }
}

/** Escapes as JSON has them; TOML's others stay as they are. */
function plain(text: string, quote: string): string {
  if (quote === "'" || !text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([\s\S]))/g, (...found) => {
    const [, unit, point, byte, other] = found;
    const code = Number.parseInt(String(unit ?? point ?? byte ?? ''), 16);
    if (Number.isNaN(code)) return /\s/.test(String(other)) ? '' : String(other);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}
