/** What is wrong in a row that can be skipped, except for NUL. */
export const ROW_PROBLEMS = {
  nul: 'a NUL character: this is not a text file',
  bare_carriage_return:
    'a carriage return that no line feed follows: readers disagree whether a row ends here: save it with line feeds',
  stray_quote:
    'a quote inside an unquoted field, or text after a closing quote: quote the field and double its quotes; where spaces stand around quotes, state it (trainyardDialect: { trim: true })',
} as const;

export type QuotedResult =
  | { readonly kind: 'more' }
  | { readonly kind: 'unterminated' }
  | { readonly kind: 'record'; readonly values: string[]; readonly end: number; readonly lines: number }
  | {
      readonly kind: 'problem';
      readonly code: keyof typeof ROW_PROBLEMS;
      readonly end: number;
      readonly lines: number;
      readonly lineOffset: number;
    };

/** One record that holds a quote somewhere, from `start`; the delimiter is a UTF-16 code unit. `lines` counts the physical lines it spans. */
export function readQuoted(text: string, start: number, atEnd: boolean, delimiter = 44): QuotedResult {
  const values: string[] = [];
  let at = start;
  let lines = 0;
  for (;;) {
    const field =
      text.charCodeAt(at) === 34 ? quotedField(text, at, atEnd, delimiter) : plainField(text, at, atEnd, delimiter);
    if (field.kind === 'more' || field.kind === 'unterminated') return field;
    lines += field.lines;
    if (field.code !== null) return skipLine(text, field.end, lines, field.code, atEnd);
    values.push(field.value);
    at = field.end;
    if (at < text.length && text.charCodeAt(at) === delimiter) {
      at += 1;
      // A delimiter right at the end of what has arrived: the next field is not known yet.
      if (at === text.length && !atEnd) return { kind: 'more' };
      continue;
    }
    return { kind: 'record', values, end: afterLineEnd(text, at), lines: lines + 1 };
  }
}

function afterLineEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === 13) return at + 2;
  return at < text.length ? at + 1 : at;
}

function skipLine(
  text: string,
  at: number,
  lineOffset: number,
  code: keyof typeof ROW_PROBLEMS,
  atEnd: boolean,
): QuotedResult {
  const newline = text.indexOf('\n', at);
  if (newline === -1 && !atEnd) return { kind: 'more' };
  const end = newline === -1 ? text.length : newline + 1;
  return { kind: 'problem', code, end, lines: lineOffset + 1, lineOffset };
}

type Field =
  | { readonly kind: 'more' }
  | { readonly kind: 'unterminated' }
  | {
      readonly kind: 'field';
      readonly value: string;
      /** Where the comma or line end after the field is, or where the problem is. */
      readonly end: number;
      readonly lines: number;
      readonly code: keyof typeof ROW_PROBLEMS | null;
    };

function quotedField(text: string, start: number, atEnd: boolean, delimiter: number): Field {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return atEnd ? { kind: 'unterminated' } : { kind: 'more' };
    value += text.slice(from, quote);
    if (quote + 1 >= text.length && !atEnd) return { kind: 'more' };
    if (text.charCodeAt(quote + 1) === 34) {
      value += '"';
      from = quote + 2;
      continue;
    }
    const end = quote + 1;
    const lines = countNewlines(value);
    if (value.includes('\0')) return { kind: 'field', value, end, lines, code: 'nul' };
    const next = text.charCodeAt(end);
    if (end >= text.length || next === delimiter || next === 10)
      return { kind: 'field', value, end, lines, code: null };
    if (next !== 13) return { kind: 'field', value, end, lines, code: 'stray_quote' };
    if (end + 1 >= text.length && !atEnd) return { kind: 'more' };
    const code = text.charCodeAt(end + 1) === 10 || end + 1 >= text.length ? null : 'bare_carriage_return';
    return { kind: 'field', value, end, lines, code };
  }
}

function plainField(text: string, start: number, atEnd: boolean, delimiter: number): Field {
  for (let at = start; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === delimiter || char === 10) return plain(text, start, at, null);
    if (char === 34) return plain(text, start, at, 'stray_quote');
    if (char === 0) return plain(text, start, at, 'nul');
    if (char === 13) {
      if (at + 1 >= text.length) return atEnd ? plain(text, start, at, null) : { kind: 'more' };
      return plain(text, start, at, text.charCodeAt(at + 1) === 10 ? null : 'bare_carriage_return');
    }
  }
  return atEnd ? plain(text, start, text.length, null) : { kind: 'more' };
}

function plain(text: string, start: number, end: number, code: keyof typeof ROW_PROBLEMS | null): Field {
  return { kind: 'field', value: text.slice(start, end), end, lines: 0, code };
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
