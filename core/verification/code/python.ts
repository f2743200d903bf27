/** What any program of Python that does something has in it: asked before anything slower. */
const HINT =
  /\b(?:import|def|exec|eval|compile|getattr|setattr|globals|breakpoint|__import__)\b|\b(?:open|input|vars|locals)\b[^\n,;]{0,9}\(|\.[\s\\]*__|[\uFF21-\uFF5A\u{1D400}-\u{1D7FF}]/u;
const TOKEN =
  /([\p{L}_][\p{L}\p{N}\p{M}_]*)|(\d[\w.]*|\.\d[\w]*)|("""|'''|["'])|(#.*)|(\\?\n)|([ \t\f\uFEFF]+)|([()[\]{}])|(!=|[-+*/%@&|^~<>=.,:;])|([\s\S])/uy;
const KEYWORDS = new Set(
  `False None True and as assert async await break case class continue def del elif else except finally for from global
  if import in is lambda match nonlocal not or pass print raise return try type while with yield`.split(/\s+/),
);
/**
 * Functions that are there without an import and reach code or what is imported, by whatever name they are called later.
 * Lists of words have them, and settings: they count where something is called.
 */
const BUILTINS = new Set('__import__ exec eval compile getattr setattr globals breakpoint'.split(' '));
/** Those that count where they are called themselves. */
const CALLED = new Set('open input vars locals'.split(' '));
/** Text before a string that makes expressions of what stands in braces. */
const FORMATTED = /^(?:[ft]r?|r[ft])$/i;
const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/**
 * Whether text is a program of Python: none of its lines could not be read by Python, and something in it imports,
 * defines, or calls what reaches the interpreter. Prose is told by two words in a row, a mark that Python does not have,
 * or a quote or bracket without its end; data by that it does nothing. Grammar beyond that is not looked at.
 */
export function isPython(text: string): boolean {
  return HINT.test(text) && new Shape(text.replace(/\r\n?/g, '\n')).isProgram();
}

class Shape {
  readonly #text: string;
  #acts = false;
  /** Whether one of those functions is a value here, and whether anything is called. */
  #reaches = false;
  #calls = false;
  /** Brackets that are open. */
  readonly #open: string[] = [];
  /** The last two tokens of the line, without blanks. */
  #before = '';
  #last = '';

  constructor(text: string) {
    this.#text = text;
  }

  isProgram(): boolean {
    TOKEN.lastIndex = 0;
    for (let found = TOKEN.exec(this.#text); found !== null; found = TOKEN.exec(this.#text)) {
      const [token, name, number, quote, comment, line, blank, bracket, mark] = found;
      if (quote !== undefined) {
        const end = this.#endOfString(TOKEN.lastIndex, quote);
        if (end < 0) return false;
        if (FORMATTED.test(this.#last) && HINT.test(this.#text.slice(TOKEN.lastIndex, end))) this.#acts = true;
        TOKEN.lastIndex = end;
        this.#follow('""');
      } else if (name !== undefined || number !== undefined) {
        if (isOperand(this.#last) && isOperand(token)) return false;
        this.#learn(token);
        this.#follow(token);
      } else if (line !== undefined) {
        if (line === '\n' && this.#open.length === 0) this.#follow(';');
      } else if (bracket !== undefined) {
        if (!this.#bracket(bracket)) return false;
      } else if (mark !== undefined) {
        if (mark === '*' && this.#last === 'import') this.#acts = true;
        this.#follow(mark);
      } else if (comment === undefined && blank === undefined) return false;
      if (TOKEN.lastIndex >= this.#text.length) break;
    }
    this.#follow(';');
    return (this.#acts || (this.#reaches && this.#calls)) && this.#open.length === 0;
  }

  #follow(token: string): void {
    // "eval: 2" and "compile = true" are settings.
    const isSet = /^[:=]$/.test(token) && /^[;-]?$/.test(this.#before);
    if (BUILTINS.has(this.#last.normalize('NFKC')) && this.#before !== '.' && !isSet) this.#reaches = true;
    this.#before = this.#last;
    this.#last = token;
  }

  #bracket(bracket: string): boolean {
    const opener = CLOSES[bracket];
    if (opener !== undefined) {
      if (this.#open.pop() !== opener) return false;
    } else {
      const starts = this.#last === 'import' || CALLED.has(this.#last.normalize('NFKC'));
      this.#acts ||= bracket === '(' && (starts || this.#before === 'def');
      this.#calls ||= bracket === '(' && (isOperand(this.#last) || Object.hasOwn(CLOSES, this.#last));
      this.#open.push(bracket);
    }
    this.#follow(bracket);
    return true;
  }

  #learn(token: string): void {
    const plain = token.normalize('NFKC');
    if (this.#last === '.' && /^__\w+__$/.test(plain)) this.#acts = true;
    // What a class defines is called without brackets, too.
    if (this.#last === 'class' && isOperand(token)) this.#calls = true;
    // "- import a" and "import: a" are YAML.
    if (this.#last === 'import' && (['', ';', ':'].includes(this.#before) || isOperand(this.#before)))
      this.#acts = true;
  }

  /** Where a string ends, or -1 where it does not. */
  #endOfString(start: number, quote: string): number {
    const long = quote.length === 3;
    for (let at = start; at < this.#text.length; at += 1) {
      const one = this.#text[at];
      if (one === '\\') at += 1;
      else if (one === '\n' && !long) return -1;
      else if (one === quote[0] && this.#text.startsWith(quote, at)) return at + quote.length;
    }
    return -1;
  }
}

function isOperand(token: string): boolean {
  return /^[\p{L}\p{N}_]/u.test(token) && !KEYWORDS.has(token);
}
