import { csvLine } from '../csv.ts';
import { TextError } from './encoding.ts';

export interface Quoting {
  readonly delimiter: string;
  /** Null: quotes have no meaning. */
  readonly quote: string | null;
  /** As the quote: a quote within quotes is doubled; any other takes the next character as it is. */
  readonly escape: string | null;
  /** Whether spaces around a field, outside of its quotes, are no part of it. */
  readonly trim: boolean;
}

/** In UTF-16 code units, of one field. */
const MAX_FIELD = 1 << 20;

/**
 * The same records with commas and double quotes. Each line end within a record is kept, so every record stays at its
 * line. What readers could take differently is refused as by the reader of plain CSV.
 * @throws TextError
 */
export function* redialect(pieces: Iterable<string>, quoting: Quoting): Generator<string, void, void> {
  const scanner = new DialectScanner(quoting);
  for (const piece of pieces) yield scanner.scan(piece);
  yield scanner.end();
}

type State = 'start' | 'plain' | 'quoted' | 'closed';

class DialectScanner {
  readonly #quoting: Quoting;
  readonly #separate: boolean;
  /** Codes of delimiter, quote and escape; -1 for none. */
  readonly #special: readonly [number, number, number];
  #state: State = 'start';
  #escaped = false;
  #field = '';
  #values: string[] = [];
  #line = 1;
  #quotedAt = 1;
  #afterReturn = false;
  #out = '';

  constructor(quoting: Quoting) {
    this.#quoting = quoting;
    const code = (char: string | null): number => (char === null ? -1 : char.charCodeAt(0));
    this.#special = [code(quoting.delimiter), code(quoting.quote), code(quoting.escape)];
    this.#separate = quoting.escape !== null && quoting.escape !== quoting.quote;
  }

  scan(piece: string): string {
    let at = 0;
    while (at < piece.length) {
      const run = this.#run(piece, at);
      if (run === '') this.#take(piece.charAt(at));
      else this.#add(run);
      at += Math.max(run.length, 1);
    }
    return this.#taken();
  }

  /** Characters that mean nothing but themselves, taken at once: one by one takes five times as long. */
  #run(piece: string, at: number): string {
    if (this.#escaped || this.#afterReturn || this.#state === 'closed') return '';
    const [delimiter, quote, mark] = this.#special;
    let end = at;
    for (; end < piece.length; end += 1) {
      const code = piece.charCodeAt(end);
      if (code === delimiter || code === quote || code === mark || code === 10 || code === 13 || code === 0) break;
    }
    const run = piece.slice(at, end);
    // What comes before the field is taken one by one.
    if (this.#quoting.trim && this.#state === 'start' && run.startsWith(' ')) return '';
    if (run !== '' && this.#state === 'start') this.#state = 'plain';
    return run;
  }

  end(): string {
    if (this.#escaped) throw new TextError(this.#line, 'an escape that nothing follows ends the file');
    if (this.#state === 'quoted')
      throw new TextError(this.#quotedAt, 'a quoted field that starts here is never closed');
    if (this.#afterReturn) this.#lineEnd();
    else if (this.#state !== 'start' || this.#values.length > 0) this.#lineEnd();
    return this.#taken();
  }

  #taken(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  #take(char: string): void {
    if (char === '\0') throw new TextError(this.#line, 'a NUL character: this is not a text file');
    if (this.#escaped) {
      this.#escaped = false;
      this.#add(char);
      return;
    }
    if (this.#afterReturn) {
      if (char !== '\n')
        throw new TextError(
          this.#line,
          'a carriage return that no line feed follows: readers disagree whether a row ends here: save it with line feeds',
        );
      this.#afterReturn = false;
      this.#lineEnd();
      return;
    }
    if (this.#quoting.trim && char === ' ' && (this.#state === 'start' || this.#state === 'closed')) return;
    if (this.#separate && char === this.#quoting.escape && this.#state !== 'closed') {
      this.#escaped = true;
      if (this.#state === 'start') this.#state = 'plain';
      return;
    }
    if (this.#state === 'quoted') this.#takeQuoted(char);
    else this.#takeOpen(char);
  }

  #takeQuoted(char: string): void {
    if (char === this.#quoting.quote) this.#state = 'closed';
    else this.#add(char);
  }

  #takeOpen(char: string): void {
    const { delimiter, quote } = this.#quoting;
    if (char === delimiter) {
      this.#endField();
    } else if (char === '\n') this.#lineEnd();
    else if (char === '\r') this.#afterReturn = true;
    else if (quote !== null && char === quote) this.#quoteHere(char);
    else if (this.#state === 'closed')
      throw new TextError(this.#line, 'text after a closing quote: quote the whole field');
    else {
      this.#state = 'plain';
      this.#add(char);
    }
  }

  #quoteHere(char: string): void {
    if (this.#state === 'start') {
      this.#state = 'quoted';
      this.#quotedAt = this.#line;
    } else if (this.#state === 'closed' && !this.#separate) {
      this.#state = 'quoted';
      this.#add(char);
    } else throw new TextError(this.#line, 'a quote inside an unquoted field: quote the field and escape its quotes');
  }

  #add(char: string): void {
    if (char === '\n') this.#line += 1;
    this.#field += char;
    if (this.#field.length > MAX_FIELD)
      throw new TextError(this.#line, `a field may have ${MAX_FIELD} characters at most`);
  }

  #endField(): void {
    this.#values.push(this.#quoting.trim && this.#state === 'plain' ? withoutSpaces(this.#field) : this.#field);
    this.#field = '';
    this.#state = 'start';
  }

  /** An empty line stays one: the reader of plain CSV says what it means. */
  #lineEnd(): void {
    const empty = this.#state === 'start' && this.#values.length === 0;
    this.#endField();
    if (empty) this.#out += '\n';
    else this.#out += this.#values.join('') === '' && this.#values.length === 1 ? '""\n' : csvLine(this.#values);
    this.#values = [];
    this.#line += 1;
  }
}

/** Without those at its end. A pattern that looks for them goes through runs of spaces within again and again. */
function withoutSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 32) end -= 1;
  return text.slice(0, end);
}
