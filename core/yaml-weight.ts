/**
 * What a YAML document may weigh that is read where others wait: a parser takes some 10 µs for each of its nodes, and
 * there is one thread. The largest that we have seen of configs, pipelines and parameters weigh a tenth of it.
 */
export const MAX_YAML_WEIGHT = 8000;

const [TAB, LF, CR, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const FLOW = new Set([...',[]{}'].map((one) => one.charCodeAt(0)));
const QUOTES = new Set([...`"'`].map((one) => one.charCodeAt(0)));
/** What begins something where a word begins; a word of prose is none of it. */
const INDICATORS = new Set([...`-?:!&*|>%@#"'`].map((one) => one.charCodeAt(0)));

/**
 * How much a YAML parser would have to do, by one look at each character: lines, brackets and commas, and words that begin
 * with an indicator. It grows with the number of nodes, comments and problems that a parser would make, of any text at
 * all; long values weigh nothing.
 */
export function yamlWeight(text: string): number {
  let weight = 1;
  let atBegin = true;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const blank = code === SPACE || code === TAB || code === LF || code === CR;
    const flow = FLOW.has(code);
    if (code === LF || code === CR || flow || (atBegin && INDICATORS.has(code))) weight += 1;
    // "key: value: value" is two mappings, which may not be: a problem each.
    else if (code === 0x3a && isBlank(text.charCodeAt(at + 1))) weight += 1;
    atBegin = blank || flow || QUOTES.has(code);
  }
  return weight;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === LF || code === CR;
}

/** Why a document is not read at all; null where it may be. */
export function yamlTooHeavy(text: string, most: number = MAX_YAML_WEIGHT): string | null {
  const weight = yamlWeight(text);
  if (weight <= most) return null;
  return `expected at most ${most} lines, brackets, commas and list items in all, found ${weight}: split it, or take out what nothing reads`;
}
