import { type HtmlBlock, htmlBlockAt } from './html-block.ts';
import { hiddenSpans } from './inline.ts';

/**
 * Which lines of a comment begin in plain visible text. Follows the block structure of GitHub Flavored Markdown
 * (https://github.github.com/gfm/) as far as it can hide the beginning of a line: fences, indentation, quotes, lists,
 * HTML blocks, and within a paragraph code spans, comments, tags and formulas. Where readings differ, a line is hidden:
 * a command that isn't seen can be typed again, one that was only quoted can't be taken back.
 */
export interface VisibleLine {
  /** Counts from 1. */
  readonly line: number;
  readonly text: string;
  /** It belongs to a list item, or may belong to one. */
  readonly nested: boolean;
}

/** Nobody writes such a list; recursion must end. */
const MAX_NESTED_ITEMS = 20;

/**
 * `item`: the content column of the list item that holds the block, 0 for none; the block ends with its item.
 * `lost`: what follows can't be told, so nothing of it is visible.
 */
type State =
  | { readonly kind: 'text' }
  | { readonly kind: 'quote' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'fence'; readonly mark: string; readonly item: number }
  | { readonly kind: 'html'; readonly until: HtmlBlock['until']; readonly item: number };

/** The lines that stand at column 1 of visible text, in order. */
export function visibleLines(body: string): VisibleLine[] {
  const scanner = new LineScanner();
  for (const [index, text] of body.split(/\r\n|\n|\r/).entries()) scanner.read(text, index + 1);
  return scanner.end();
}

class LineScanner {
  #state: State = { kind: 'text' };
  /** Content columns of the open list items, outermost first. */
  #items: number[] = [];
  /** The line before was a list marker and nothing else. */
  #emptyItem = false;
  /** Lines of the open paragraph; `line` 0 can't be a command, since something stands before it. */
  #paragraph: VisibleLine[] = [];
  readonly #visible: VisibleLine[] = [];

  read(text: string, line: number): void {
    if (this.#continues(text)) return;
    const emptyItem = this.#emptyItem;
    this.#emptyItem = false;
    if (isBlank(text)) {
      if (emptyItem) this.#items.pop();
      this.#endParagraph();
      if (this.#state.kind === 'quote') this.#state = { kind: 'text' };
      return;
    }
    const indent = columns(text);
    if (this.#beginsBlock(indent, withoutIndent(text)) || this.#state.kind === 'quote') return;
    // Text right after a paragraph belongs to it, and to the list item that holds it, wherever it begins.
    if (this.#paragraph.length === 0) this.#leaveItems(indent);
    this.#paragraph.push({ line, text, nested: this.#items.length > 0 });
  }

  end(): VisibleLine[] {
    this.#endParagraph();
    return this.#visible;
  }

  /** Inside of a fence or an HTML block, nothing else is looked for. */
  #continues(text: string): boolean {
    const state = this.#state;
    if (state.kind === 'lost') return true;
    if (state.kind === 'text' || state.kind === 'quote') return false;
    if (!isBlank(text) && columns(text) < state.item) {
      // The list item has ended, and the block with it: the line is read as if there had been none.
      this.#state = { kind: 'text' };
      return false;
    }
    const ended = state.kind === 'fence' ? closesFence(text, state) : endsHtml(text, state.until);
    if (ended) this.#state = { kind: 'text' };
    return true;
  }

  #beginsBlock(indent: number, content: string): boolean {
    const inner = this.#items.filter((column) => column <= indent).at(-1) ?? 0;
    // Four columns more than what surrounds it is indented code, which can't interrupt a paragraph.
    if (indent - inner >= 4) return this.#paragraph.length === 0 && this.#state.kind !== 'quote';
    return (
      this.#fence(indent, inner, content) ||
      this.#quote(indent, content) ||
      this.#rule(indent, content) ||
      this.#item(indent, content) ||
      this.#html(indent, inner, content)
    );
  }

  #fence(indent: number, inner: number, content: string): boolean {
    const mark = /^(`{3,})[^`]*$|^(~{3,})/.exec(content);
    if (mark === null) return false;
    this.#begin(indent, { kind: 'fence', mark: mark[1] ?? mark[2] ?? '', item: inner });
    return true;
  }

  #quote(indent: number, content: string): boolean {
    if (!content.startsWith('>')) return false;
    // Text that follows without a blank line belongs to the quote, though it has no mark of its own.
    this.#begin(indent, { kind: 'quote' });
    return true;
  }

  /** Headings and thematic breaks. */
  #rule(indent: number, content: string): boolean {
    const underline = /^(?:=+|-+)[ \t]*$/.test(content) && this.#paragraph.length > 0 && this.#interrupts(indent);
    // Under a link definition it is no underline, and whether it is one can't be told from here.
    if (underline && /^[ \t]*\[/.test(this.#paragraph[0]?.text ?? '')) return this.#lose();
    if (!underline && !isRule(content) && !/^#{1,6}(?=[ \t]|$)/.test(content)) return false;
    this.#begin(indent, { kind: 'text' });
    return true;
  }

  #item(indent: number, content: string): boolean {
    const marker = /^(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)/.exec(content);
    if (marker === null) return false;
    const rest = content.slice(marker[0].length);
    // Readers disagree on whether `- | -` under a line of text is a list or makes a table of it.
    if (this.#paragraph.length > 0 && isDelimiterRow(content)) return this.#lose();
    // Only these may interrupt a paragraph; other markers are its text.
    const strong = !isBlank(rest) && (marker[1] === undefined || Number(marker[1]) === 1);
    if (!strong && this.#interrupts(indent)) return this.#loseInQuote();
    this.#begin(indent, { kind: 'text' });
    if (this.#items.length >= MAX_NESTED_ITEMS) return this.#lose();
    const after = indent + marker[0].length;
    const space = columns(rest, after);
    this.#items.push(after + (isBlank(rest) || space > 4 ? 1 : space));
    this.#emptyItem = isBlank(rest);
    if (isBlank(rest) || space > 4) return true;
    // What the item begins with may itself be a fence, a quote, an HTML block or another item.
    const text = withoutIndent(rest);
    if (!this.#beginsBlock(after + space, text)) this.#paragraph.push({ line: 0, text, nested: true });
    return true;
  }

  #html(indent: number, inner: number, content: string): boolean {
    const block = htmlBlockAt(content);
    if (block === null) return false;
    if (!block.interruptsParagraph && this.#interrupts(indent)) return this.#loseInQuote();
    // Readers disagree on whether a lone tag ends a list item's paragraph.
    if (!block.interruptsParagraph && (this.#paragraph.length > 0 || this.#state.kind === 'quote')) return this.#lose();
    const ended = block.until !== 'blank' && block.until.test(content);
    this.#begin(indent, ended ? { kind: 'text' } : { kind: 'html', until: block.until, item: inner });
    return true;
  }

  /** Whether a block that begins here would cut a paragraph of the same container in two. */
  #interrupts(indent: number): boolean {
    const open = this.#paragraph.length > 0 || this.#state.kind === 'quote';
    return open && this.#items.every((column) => column <= indent);
  }

  /** After a quote it depends on the quote's inside what such a line is: nothing that follows is trusted. */
  #loseInQuote(): boolean {
    return this.#state.kind === 'quote' && this.#lose();
  }

  #lose(): boolean {
    this.#paragraph = [];
    this.#state = { kind: 'lost' };
    return true;
  }

  #begin(indent: number, state: State): void {
    this.#endParagraph();
    this.#leaveItems(indent);
    this.#state = state;
  }

  #leaveItems(indent: number): void {
    this.#items = this.#items.filter((column) => column <= indent);
  }

  #endParagraph(): void {
    const lines = this.#paragraph;
    this.#paragraph = [];
    const hidden = hiddenSpans(lines.map(({ text }) => text).join('\n'));
    // From the line before its delimiter row on, a paragraph is a table.
    const table = lines.findIndex((_, index) => isDelimiterRow(lines[index + 1]?.text ?? ''));
    let offset = 0;
    let next = 0;
    for (const [index, visible] of lines.entries()) {
      const { line, text } = visible;
      while ((hidden[next]?.end ?? Number.POSITIVE_INFINITY) <= offset) next++;
      const covered = (hidden[next]?.start ?? Number.POSITIVE_INFINITY) < offset;
      if (line > 0 && !covered && (table < 0 || index < table)) this.#visible.push(visible);
      offset += text.length + 1;
    }
  }
}

/** Spaces and tabs only: a no-break space is text, and so continues what is before it. */
function isBlank(text: string): boolean {
  return /^[ \t]*$/.test(text);
}

function withoutIndent(text: string): string {
  return text.replace(/^[ \t]+/, '');
}

/** Of a table: `--- | :-:`. A row of hyphens alone is an underline or a rule. */
function isDelimiterRow(text: string): boolean {
  return /^[-:| \t]+$/.test(text) && text.includes('-') && /[:|]/.test(text);
}

function isRule(content: string): boolean {
  return /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/.test(content);
}

function closesFence(text: string, { mark, item }: { mark: string; item: number }): boolean {
  const closing = /^(`{3,}|~{3,})[ \t]*$/.exec(withoutIndent(text))?.[1];
  if (closing === undefined || closing[0] !== mark[0] || closing.length < mark.length) return false;
  return columns(text) - item < 4;
}

function endsHtml(text: string, until: HtmlBlock['until']): boolean {
  return until === 'blank' ? isBlank(text) : until.test(text);
}

/** Width of the white space at the beginning; a tab goes to the next multiple of four, counted from `start`. */
function columns(text: string, start = 0): number {
  let column = start;
  for (const letter of text) {
    if (letter === ' ') column++;
    else if (letter === '\t') column += 4 - (column % 4);
    else break;
  }
  return column - start;
}
