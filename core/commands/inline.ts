/** A part of a paragraph in which text is not shown as plain text. Offsets in UTF-16 units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Code spans, HTML comments and tags, links' targets and formulas within one paragraph, in order. What begins like one
 * of them and never ends is taken to hide the rest. Takes linear time.
 */
export function hiddenSpans(paragraph: string): Span[] {
  // A definition (`[label]: target "title"`) is shown nowhere, and its parts may stand on lines of their own.
  if (/^[ \t]*\[/.test(paragraph) && paragraph.includes(']:')) return [{ start: 0, end: paragraph.length }];
  const spans: Span[] = [];
  const runs = new BacktickRuns(paragraph);
  let at = 0;
  while (at < paragraph.length) {
    const end = endOfSpan(paragraph, at, runs);
    if (end === null) {
      at += paragraph[at] === '\\' && paragraph[at + 1] !== '\n' ? 2 : Math.max(1, runLength(paragraph, at));
    } else {
      spans.push({ start: at, end });
      at = end;
    }
  }
  return spans;
}

function endOfSpan(text: string, at: number, runs: BacktickRuns): number | null {
  switch (text[at]) {
    case '`':
      return runs.closing(at, runLength(text, at));
    case '<':
      return endOfHtml(text, at);
    case ']':
      return text[at + 1] === '(' ? after(text, ')', at + 2) : null;
    case '$':
      return text[at + 1] === '$' ? after(text, '$$', at + 2) : null;
    default:
      return null;
  }
}

function endOfHtml(text: string, at: number): number | null {
  if (text.startsWith('<!--', at)) return after(text, '-->', at + 4);
  if (text.startsWith('<?', at)) return after(text, '?>', at + 2);
  if (text.startsWith('<![CDATA[', at)) return after(text, ']]>', at + 9);
  return /^<[/!]?[A-Za-z]/.test(text.slice(at, at + 3)) ? endOfTag(text, at + 1) : null;
}

/** A `>` within quotes does not end a tag. */
function endOfTag(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (letter === '>') return at + 1;
    if (letter === '"' || letter === "'") at = after(text, letter, at + 1) - 1;
  }
  return text.length;
}

function after(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end + mark.length;
}

function runLength(text: string, at: number): number {
  let end = at;
  while (text[end] === '`') end++;
  return end - at;
}

/** Where runs of backquotes stand, by length: a code span ends at the next run of the same length. */
class BacktickRuns {
  readonly #byLength = new Map<number, { readonly starts: number[]; next: number }>();

  constructor(text: string) {
    for (const { 0: run, index } of text.matchAll(/`+/g)) {
      const known = this.#byLength.get(run.length);
      if (known === undefined) this.#byLength.set(run.length, { starts: [index], next: 0 });
      else known.starts.push(index);
    }
  }

  closing(at: number, length: number): number | null {
    const runs = this.#byLength.get(length);
    if (runs === undefined) return null;
    // Scanning goes forward, so what lies behind is never asked for again.
    while ((runs.starts[runs.next] ?? Number.POSITIVE_INFINITY) <= at) runs.next++;
    const start = runs.starts[runs.next];
    return start === undefined ? null : start + length;
  }
}
