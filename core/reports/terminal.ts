import { LINE_ENDS, UNSHOWN } from './characters.ts';

/**
 * Text as a terminal may show it: no escape sequence, no control but line feed and tab, nothing that hides or reorders.
 * Each such character stands as `\uXXXX`, as JSON writes it, so that a line of JSON stays the same JSON. Every line that
 * the command line prints passes through here, whatever it is.
 */
export function terminalText(text: string): string {
  return text.replace(UNSHOWN, (found) => (found === '\n' || found === '\t' ? found : escapeUnits(found)));
}

/** Foreign text inside a line of ours: as `terminalText`, and with its line ends as spaces, so that it forges no line. */
export function terminalLine(text: string): string {
  return terminalText(text.split(LINE_ENDS).join(' '));
}

function escapeUnits(text: string): string {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}
