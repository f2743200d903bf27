import type { Note } from '../format.ts';
import { configNote, type Mapping } from './note.ts';

const NAMED = /^[A-Za-z0-9][\w.-]* ?(?:\[[\w ,.-]*\])? ?(?:\(?[<>=!~][^@;]*)?(?:;.*)?$/;
/** Options that leave the source as it is, and other files of requirements inside of the folder, which are scanned themselves. */
const HARMLESS =
  /^(?:--(?:no-binary|only-binary|prefer-binary|require-hashes|pre|no-index|use-feature|hash|requirement|constraint)(?:[= ]\S*)?|-[rc] ?\w[\w./-]*)$/;
const OUTSIDE = /^(?:-[rc]|--requirement|--constraint)[= ]?(?:.*\.\.|[/\\]|[A-Za-z]+:)/;
const SOURCES =
  /^(?:-[ief]|--(?:i|in|ind|inde|index|e|ex|ext|extr|extra|f|fi|fin|find|ed|edi|edit|edita|editab|editabl|t|tr|tru|trus|trust|trusted)(?:-[a-z-]*)?(?=[= ])|--(?:index-url|extra-index-url|find-links|editable|trusted-host|process-dependency-links)\b)/;
const DIRECT = /^(?:(?:git|hg|svn|bzr)\+|[\w.-]+ ?(?:\[[\w ,.-]*\])? ?@ ?[A-Za-z][A-Za-z0-9+.-]*:)/;
/** Addresses and paths, which other lists hold as well: they count only beside what is plainly a requirement. */
const PLACE = /^[A-Za-z][A-Za-z0-9+.-]*:|^\.{0,2}[/\\]|\.(?:whl|zip|tar\.\w+|tgz)$/;

type Line = 'unknown' | 'name' | 'pinned' | 'place' | 'elsewhere';

/**
 * Lines of a requirements file of pip that install from elsewhere than the index, and none where the text is another. A
 * line that pip would not take makes it another kind of text, which installs nothing.
 */
export function requirementsNotes(text: string): readonly Note[] {
  const found: { readonly line: string; readonly kind: Line }[] = [];
  for (const raw of text.replace(/\\\r?\n/g, ' ').split(/\r\n|\r|\n/)) {
    const line = normal(raw.replace(/(^|\s)#.*$/, ''));
    if (line === '') continue;
    const kind = kindOf(line);
    if (kind === 'unknown') return [];
    found.push({ line, kind });
  }
  const certain = found.some(({ kind }) => kind === 'elsewhere' || kind === 'pinned');
  return found
    .filter(({ kind }) => kind === 'elsewhere' || (certain && kind === 'place'))
    .slice(0, 20)
    .map(({ line }) => elsewhere(line));
}

/** The requirements of pip in an environment of conda or a `python_env.yaml`. */
export function environmentNotes(document: Mapping): readonly Note[] {
  const notes: Note[] = [];
  for (const key of ['pip', 'dependencies', 'build_dependencies'] as const) {
    const list = document[key];
    if (!Array.isArray(list)) continue;
    for (const item of new Set<unknown>(list)) {
      if (typeof item !== 'string') continue;
      const kind = kindOf(normal(item));
      if (kind === 'elsewhere' || kind === 'place') notes.push(elsewhere(item));
    }
  }
  return notes.slice(0, 20);
}

/** Blanks as one each, so that no pattern has to go back over them. */
function normal(line: string): string {
  return line.replace(/\s+/g, ' ').trim();
}

function kindOf(line: string): Line {
  const bare = line.replace(/ --[\w-]+[= ]\S+/g, '').trim();
  if (SOURCES.test(line) || OUTSIDE.test(line) || DIRECT.test(bare)) return 'elsewhere';
  if (HARMLESS.test(line)) return 'name';
  if (PLACE.test(bare)) return 'place';
  if (NAMED.test(bare)) return /[<>=!~]/.test(bare) ? 'pinned' : 'name';
  return 'unknown';
}

function elsewhere(line: string): Note {
  return configNote(
    'requirements-source',
    'medium',
    'a requirement that is installed from elsewhere than the package index',
    'Name packages with exact versions and hashes, and no address.',
    line,
  );
}
