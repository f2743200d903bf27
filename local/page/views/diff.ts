import { plural } from '../format.ts';
import { type Html, html, path } from '../html.ts';
import { icon } from '../icons.ts';
import type { ChangedFile } from '../records.ts';

export interface DiffLine {
  readonly kind: 'add' | 'remove' | 'same' | 'hunk' | 'note';
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly text: string;
}

/** More lines of one file make the page slow, and nobody reads them there. */
const MOST_LINES = 1500;

/** The lines of a unified diff with their numbers in the old and the new file. Lines that fit no hunk are shown as notes. */
export function parsePatch(patch: string): DiffLine[] {
  let before = 0;
  let after = 0;
  return patch.split('\n').map((line): DiffLine => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk !== null) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      return { kind: 'hunk', before: undefined, after: undefined, text: line };
    }
    const text = line.slice(1);
    if (line.startsWith('+')) return { kind: 'add', before: undefined, after: after++, text };
    if (line.startsWith('-')) return { kind: 'remove', before: before++, after: undefined, text };
    if (line.startsWith(' ')) return { kind: 'same', before: before++, after: after++, text };
    return { kind: 'note', before: undefined, after: undefined, text: line };
  });
}

const SIGNS = { add: '+', remove: '-', same: ' ', hunk: '', note: '' } as const;

function row(line: DiffLine): Html {
  return html`<tr class="${line.kind}"><td class="number">${line.before}</td><td class="number">${line.after}</td><td class="sign">${SIGNS[line.kind]}</td><td class="code">${line.text}</td></tr>
`;
}

function body(file: ChangedFile): Html {
  if (file.patch === undefined || file.patch === '') {
    return html`<p class="muted note">${file.status === 'renamed' ? 'Renamed without changes.' : 'No text to show: the file is binary or its change is too large.'}</p>`;
  }
  const lines = parsePatch(file.patch);
  const more =
    lines.length > MOST_LINES && html`<p class="muted note">${lines.length - MOST_LINES} more lines are not shown.</p>`;
  return html`<div class="diff-scroll"><table class="diff">${lines.slice(0, MOST_LINES).map(row)}</table></div>${more}`;
}

/** The changed files of a pull request or commit as unified diffs. */
export function diff(
  files: readonly ChangedFile[],
  place: { readonly owner: string; readonly name: string; readonly sha: string },
): Html {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return html`<p class="muted">${plural(files.length, 'file')} changed, <span class="plus">+${additions}</span> <span class="minus">−${deletions}</span></p>
${files.map(
  (
    file,
    index,
  ) => html`<details class="file" open data-key="file-${index}"><summary>${icon('file')}<span class="mono file-name">${file.previous_filename !== undefined && `${file.previous_filename} → `}${file.filename}</span>
<span class="badge">${file.status}</span><span class="space"></span><span class="plus">+${file.additions}</span> <span class="minus">−${file.deletions}</span> <a href="${path(place.owner, place.name, 'blob', place.sha, file.filename)}">View</a></summary>${body(file)}</details>`,
)}`;
}
