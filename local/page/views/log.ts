import { type Html, html } from '../html.ts';

/** The end of a log says why it ended. */
const MOST_LINES = 4000;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes of terminals are what is removed
const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;
const MARKS: Readonly<Record<string, string>> = {
  group: 'group',
  endgroup: 'skip',
  error: 'error',
  warning: 'warning',
  notice: 'notice',
  debug: 'debug',
  command: 'group',
};

function line(raw: string): Html {
  const text = raw.replace(TIMESTAMP, '').replaceAll(COLOURS, '');
  const mark = /^##\[(\w+)\]/.exec(text);
  const kind = mark === null ? undefined : MARKS[mark[1] ?? ''];
  if (mark === null || kind === undefined)
    return html`<span>${text}
</span>`;
  return kind === 'skip'
    ? html``
    : html`<span class="${kind}">${text.slice(mark[0].length)}
</span>`;
}

/** The log of a job: timestamps and colour codes left out, `##[error]` and its kind coloured. */
export function log(text: string): Html {
  const lines = text.replace(/\n$/, '').split(/\r?\n/);
  const cut =
    lines.length > MOST_LINES &&
    html`<p class="muted note">The first ${lines.length - MOST_LINES} lines are left out.</p>`;
  return html`${cut}<pre class="log">${lines.slice(-MOST_LINES).map(line)}</pre>`;
}
