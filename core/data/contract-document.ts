import { type Document, isNode, type LineCounter, parseDocument } from 'yaml';

/** A contract's text as a document whose values keep their places; null where it is nested too deeply. */
export function parseYaml(text: string, lines: LineCounter): Document.Parsed | null {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      // The parser compares each key with all others of its mapping: `repeatedKeys` does not.
      uniqueKeys: false,
      // Each would quote its line again, and a hostile contract is one line with an error at each character.
      prettyErrors: false,
      merge: false,
      schema: 'core',
      version: '1.2',
      intAsBigInt: true,
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Null where there is an alias: none is resolved, so that no bomb can be written with them. */
export function toPlain(document: Document.Parsed): unknown {
  try {
    return withNumbers(document.toJS({ maxAliasCount: 0 }), false);
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return null;
    throw error;
  }
}

/** Where values of the data are stated an integer keeps all of its digits; everywhere else a number is enough. */
function withNumbers(value: unknown, digits: boolean): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return digits && !Number.isSafeInteger(number) ? value : number;
  }
  if (Array.isArray(value)) return value.map((item) => withNumbers(item, digits));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      return [
        key,
        withNumbers(item, digits || key === 'logicalTypeOptions' || key === 'validValues' || key === 'missingValues'),
      ];
    }),
  );
}

/** The line of the value at a path, or of the nearest one around it. */
export function lineAt(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** The parser's own words, without the place that is stated beside them. */
export function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message;
}
