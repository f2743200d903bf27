import { replaceUnshown } from './characters.ts';

/**
 * Text for the log of a workflow job. The runner obeys a line that begins with `::` after any white space (`::error::`,
 * `::add-mask::`, `::stop-commands::`) or holds `##[` anywhere, and ends lines at CR and LF (actions/runner,
 * `ActionCommand.TryParseV2` and `TryParse`): no line of what this gives is such a command, nor are there controls or
 * escape sequences. Lines stay apart.
 */
export function logText(text: string): string {
  return text
    .split(/\r\n|[\r\n]/)
    .map((line) =>
      replaceUnshown(line.replaceAll('\t', ' '))
        .replace(/^(\s*):(?=:)/, '$1: ')
        .replaceAll('##[', '## ['),
    )
    .join('\n');
}
