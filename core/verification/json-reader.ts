import { readExactly, ScanError, type Source } from './format.ts';

/** What a reader is told of JSON, in the order of the text. */
export interface JsonEvents {
  open(kind: 'object' | 'array'): void;
  close(): void;
  /** Of the value that comes next. */
  key(name: string): void;
  /** Text of more than `MAX_STRING` characters is cut there; of a number of more than 1,000 digits nothing is said but that it is one. */
  scalar(value: string | number | boolean | null): void;
}

/** Characters of a text that are told. A template that is longer is refused for its length alone. */
export const MAX_STRING = 1_000_001;
/** Of lists and objects, each of which takes a byte. */
const MAX_DEPTH = 16 * 2 ** 20;
const WINDOW = 1 << 17;
const WORDS: readonly (readonly [string, number | boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', null],
  ['Infinity', null],
  ['-Infinity', null],
];
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What may come next. */
type Place =
  | 'value'
  | 'value or ]'
  | 'key'
  | 'key or }'
  | ':'
  | ', or end'
  | 'a new line or the end'
  | 'more or the end';

/**
 * Reads JSON of any size through a small window and keeps nothing of it: `JSON.parse` takes fifty times the size of a text
 * of nothing but brackets. It takes what Python does, `NaN` and infinities included, and several values after one another
 * (JSON Lines).
 *
 * @throws ScanError `malformed` where it is no JSON, `too_large` where it nests too deeply
 */
export function readJson(source: Source, events: JsonEvents, tick: () => void = () => {}): void {
  new JsonReader(source, events, tick).run();
}

class JsonReader {
  readonly #source: Source;
  readonly #events: JsonEvents;
  readonly #tick: () => void;
  readonly #room = Buffer.allocUnsafeSlow(WINDOW);
  /** Of the open lists and objects, the byte that ends each. */
  #ends = new Uint8Array(1024);
  #depth = 0;
  #place: Place = 'value';
  #window: Buffer = this.#room.subarray(0, 0);
  /** Where the window begins in the source, and the next byte in it. */
  #start = 0;
  #at = 0;

  constructor(source: Source, events: JsonEvents, tick: () => void) {
    this.#source = source;
    this.#events = events;
    this.#tick = tick;
  }

  run(): void {
    if (this.#source.size >= 3 && this.#peek() === 0xef) this.#word('\xef\xbb\xbf');
    for (let byte = this.#peek(); byte >= 0; byte = this.#peek()) {
      if (byte !== 0x20 && byte !== 9 && byte !== 10 && byte !== 13) this.#token(byte);
      else {
        if (byte === 10 && this.#place === 'a new line or the end') this.#place = 'more or the end';
        this.#at += 1;
      }
    }
    if (!this.#place.endsWith('the end')) throw this.#wrong();
  }

  #token(byte: number): void {
    switch (this.#place) {
      case 'value or ]':
        if (byte === CLOSE_LIST) this.#close();
        else this.#value(byte);
        return;
      case 'value':
      case 'more or the end':
        this.#value(byte);
        return;
      case 'key or }':
        if (byte === CLOSE_OBJECT) this.#close();
        else this.#key(byte);
        return;
      case 'key':
        this.#key(byte);
        return;
      case ':':
        if (byte !== COLON) throw this.#wrong();
        this.#at += 1;
        this.#place = 'value';
        return;
      case ', or end':
        this.#next(byte);
        return;
      case 'a new line or the end':
        throw this.#wrong();
    }
  }

  #next(byte: number): void {
    const end = this.#ends[this.#depth - 1];
    if (byte === end) this.#close();
    else if (byte === COMMA) {
      this.#at += 1;
      this.#place = end === CLOSE_OBJECT ? 'key' : 'value';
    } else throw this.#wrong();
  }

  #key(byte: number): void {
    if (byte !== QUOTE) throw this.#wrong();
    this.#events.key(this.#string());
    this.#place = ':';
  }

  #value(byte: number): void {
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#open(byte);
    else {
      this.#events.scalar(byte === QUOTE ? this.#string() : this.#plain(byte));
      this.#ended();
    }
  }

  #open(byte: number): void {
    if (this.#depth === MAX_DEPTH)
      throw new ScanError(
        'too_large',
        `lists and objects of JSON, more than ${MAX_DEPTH} in one another`,
        this.#offset,
      );
    if (this.#depth === this.#ends.length) {
      const more = new Uint8Array(4 * this.#depth);
      more.set(this.#ends);
      this.#ends = more;
    }
    this.#at += 1;
    const list = byte === OPEN_LIST;
    this.#ends[this.#depth] = list ? CLOSE_LIST : CLOSE_OBJECT;
    this.#depth += 1;
    this.#place = list ? 'value or ]' : 'key or }';
    this.#events.open(list ? 'array' : 'object');
  }

  #close(): void {
    this.#at += 1;
    this.#depth -= 1;
    this.#events.close();
    this.#ended();
  }

  #ended(): void {
    this.#place = this.#depth === 0 ? 'a new line or the end' : ', or end';
  }

  #plain(byte: number): number | boolean | null {
    if (byte === 0x2d ? this.#peek(1) !== 0x49 : byte >= 0x30 && byte <= 0x39) return this.#number();
    const found = WORDS.find(([word]) => word.charCodeAt(0) === byte);
    if (found === undefined) throw this.#wrong();
    this.#word(found[0]);
    return found[1];
  }

  #word(word: string): void {
    for (let index = 0; index < word.length; index += 1) {
      if (this.#peek() !== word.charCodeAt(index)) throw this.#wrong();
      this.#at += 1;
    }
  }

  #number(): number {
    let [text, length] = ['', 0];
    for (let byte = this.#peek(); isOfNumber(byte); byte = this.#peek()) {
      if (length < 1000) text += String.fromCharCode(byte);
      length += 1;
      this.#at += 1;
    }
    if (length > 1000) return 0;
    if (!NUMBER.test(text)) throw this.#wrong();
    return Number(text);
  }

  /** The text from a quotation mark to the next, which is read past. */
  #string(): string {
    this.#at += 1;
    let text = '';
    for (;;) {
      if (this.#peek() < 0) throw this.#wrong();
      const { end, escaped } = this.#part();
      // Shorter than a window, so that what is not kept dies at once.
      const part = this.#window.toString('utf8', this.#at, end);
      if (text.length < MAX_STRING) text += escaped ? this.#unescaped(part) : part;
      this.#at = end;
      if (this.#window[end] !== QUOTE) continue;
      this.#at += 1;
      return text.length > MAX_STRING ? text.slice(0, MAX_STRING) : text;
    }
  }

  /** Up to a quotation mark, or to where the last whole character of the window ends. */
  #part(): { readonly end: number; readonly escaped: boolean } {
    const { length } = this.#window;
    let [end, escaped] = [this.#at, false];
    while (end < length) {
      const byte = this.#window[end] ?? 0;
      if (byte === QUOTE) return { end, escaped };
      if (byte < 0x20) throw this.#wrong();
      const size = byte < 0x80 ? (byte === BACKSLASH ? escapeSize(this.#window[end + 1]) : 1) : characterSize(byte);
      if (end + size > length) break;
      escaped ||= byte === BACKSLASH;
      end += size;
    }
    if (end > this.#at) return { end, escaped };
    // What is cut here is whole once more is read; at the end of the file it never is.
    if (this.#start + length >= this.#source.size) throw this.#wrong();
    this.#fill();
    return this.#part();
  }

  #unescaped(part: string): string {
    try {
      return String(JSON.parse(`"${part}"`));
    } catch {
      throw this.#wrong();
    }
  }

  /** The byte so far ahead, or -1 at the end. */
  #peek(ahead = 0): number {
    const found = this.#window[this.#at + ahead];
    if (found !== undefined) return found;
    if (this.#offset + ahead >= this.#source.size) return -1;
    this.#fill();
    return this.#window[this.#at + ahead] ?? -1;
  }

  #fill(): void {
    this.#tick();
    const offset = this.#offset;
    const size = Math.min(WINDOW, this.#source.size - offset);
    const found = readExactly(this.#source, offset, size, this.#room.subarray(0, size));
    this.#window = Buffer.from(found.buffer, found.byteOffset, found.length);
    this.#start = offset;
    this.#at = 0;
  }

  get #offset(): number {
    return this.#start + this.#at;
  }

  #wrong(): ScanError {
    return new ScanError('malformed', `no JSON: expected ${this.#place}`, this.#offset);
  }
}

function isOfNumber(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e || (byte | 0x20) === 0x65;
}

/** Bytes from a backslash to the end of what it says. */
function escapeSize(next: number | undefined): number {
  return next === 0x75 ? 6 : 2;
}

/** Bytes of a character of UTF-8 by its first; of what is none, one. */
function characterSize(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
