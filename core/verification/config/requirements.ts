import type { Note } from '../format.ts';
import { configNote, type Mapping } from './note.ts';

const NAMED = /^[A-Za-z0-9][\w.-]* ?(?:\[[\w ,.-]*\])? ?(?:\(?[<>=!~][^@;]*)?(?:;.*)?$/;
/** Options that leave the source as it is, for those that do not are asked first, and other files of requirements inside of the folder, which are scanned themselves. */
const HARMLESS = /^(?:--[a-z][a-z-]*(?:[= ]\S*)?|-[rc] ?\w[\w./-]*)$/;
const OUTSIDE = /^(?:-[rc]|--requirement|--constraint)[= ]?(?:.*\.\.|[/\\]|[A-Za-z]+:)/;
const SOURCES =
  /^(?:-[ief]|--(?:i|in|ind|inde|index|e|ex|ext|extr|extra|f|fi|fin|find|ed|edi|edit|edita|editab|editabl|t|tr|tru|trus|trust|trusted|py|pyp|pypi)(?:-[a-z-]*)?(?=[= ])|--(?:index-url|extra-index-url|find-links|editable|trusted-host|process-dependency-links)\b)/;
const DIRECT = /^(?:(?:git|hg|svn|bzr)\+|[\w.-]+ ?(?:\[[\w ,.-]*\])? ?@ ?[A-Za-z][A-Za-z0-9+.-]*:)/;
/** Addresses and paths, which other lists hold as well: they count only beside what is plainly a requirement. */
const PLACE = /^\$\{\w+\}|^[A-Za-z][A-Za-z0-9+.-]*:(?! )|^\.{0,2}[/\\]|\.(?:whl|zip|tar\.\w+|tgz)$/;

/** What pip is given, by people and by tools that restore an environment. @see https://pip.pypa.io/en/stable/user_guide/#requirements-files */
const NAMES =
  /(?:^|[/\\])(?:[\w.-]*(?:requirements|constraints)[\w.-]*|(?:requirements|constraints)[/\\][\w.-]+)\.(?:txt|in|pip)$/i;

type Line = 'unknown' | 'name' | 'pinned' | 'place' | 'elsewhere';

/**
 * Lines of a requirements file of pip that install from elsewhere than the index, and none where the text is another. A
 * line that pip would not take makes it another kind of text, which installs nothing, but for a file whose name says what it is.
 */
export function requirementsNotes(text: string, path: string): readonly Note[] {
  const named = NAMES.test(path);
  const found: { readonly line: string; readonly kind: Line }[] = [];
  if (/^[ \t]*@EXPLICIT[ \t]*\r?$/m.test(text)) return explicitNotes(text);
  for (const raw of text.replace(/\\\r?\n/g, ' ').split(/\r\n|\r|\n/)) {
    const line = normal(raw.replace(/(^|\s)#.*$/, ''));
    if (line === '') continue;
    const kind = kindOf(line);
    if (kind === 'unknown' && !named) return [];
    found.push({ line, kind });
  }
  const certain = named || found.some(({ kind }) => kind === 'elsewhere' || kind === 'pinned');
  return found
    .filter(({ kind }) => kind === 'elsewhere' || (certain && kind === 'place'))
    .slice(0, 20)
    .map(({ line }) => elsewhere(line));
}

/** A list of packages that conda fetches as they stand there. */
function explicitNotes(text: string): readonly Note[] {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => !/^\s*(?:#|@|$)/.test(line));
  return lines
    .filter((line) => isAddress(line))
    .map(elsewhere)
    .slice(0, 20);
}

/** The requirements of pip and packages of conda in an environment of conda or a `python_env.yaml`. */
export function environmentNotes(document: Mapping): readonly Note[] {
  const notes: Note[] = [];
  const conda = Array.isArray(document.channels) || textsOf(document.dependencies).some((item) => CHANNEL.test(item));
  for (const key of ['pip', 'dependencies', 'build_dependencies'] as const)
    for (const item of textsOf(document[key])) {
      const listed = key === 'dependencies' && 'aggregate' in document && PACKAGE_URL.test(item);
      const outside = conda && key === 'dependencies' ? isAddress(item) : isElsewhere(item);
      if (outside && !listed) notes.push(elsewhere(item));
    }
  for (const key of ['requirements', 'install_requires', 'pip_requirements', 'extra_pip_requirements'] as const)
    for (const item of textsOf(document[key])) if (kindOf(normal(item)) === 'elsewhere') notes.push(elsewhere(item));
  if (conda) for (const item of textsOf(document.channels)) if (isAddress(item)) notes.push(elsewhere(item));
  return notes.slice(0, 20);
}

/** A part of a CycloneDX bill of materials names its packages so, and nobody installs them by it. */
const PACKAGE_URL = /^pkg:[a-z]+\//;
/** A package of a named channel, as conda writes it. */
const CHANNEL = /^[\w./-]+::[\w-]/;
const CONDA = /^https:\/\/(?:conda\.anaconda\.org|repo\.anaconda\.com|repo\.prefix\.dev)\//;

function textsOf(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  return [...new Set<unknown>(list)].filter((item) => typeof item === 'string');
}

function isAddress(item: string): boolean {
  return (
    /^\s*(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/|file:|[./~\\]|\[.*(?:url|channel)\s*=)/.test(item) && !CONDA.test(item.trim())
  );
}

/** Whether one requirement, of pip or a tool like it, is installed from elsewhere than the index. */
export function isElsewhere(requirement: string): boolean {
  const kind = kindOf(normal(requirement));
  return kind === 'elsewhere' || kind === 'place';
}

/** Whether an address is that of the package index itself, which may be named. */
export function isOfficial(address: string): boolean {
  return /^https:\/\/(?:pypi\.(?:org|python\.org)(?:\/simple)?|files\.pythonhosted\.org\/\S*)\/?$/.test(address);
}

/** Blanks as one each, so that no pattern has to go back over them. */
function normal(line: string): string {
  return line.replace(/\s+/g, ' ').trim();
}

function kindOf(line: string): Line {
  const [, index] = /^(?:-i|--index-url)[= ](\S+)$/.exec(line) ?? [];
  if (index !== undefined && isOfficial(index)) return 'name';
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
