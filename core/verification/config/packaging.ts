import type { Note } from '../format.ts';
import { configNote, isMapping, type Mapping, mappings } from './note.ts';
import { isElsewhere, isOfficial } from './requirements.ts';

/** Build backends of the package index that read the configuration as data (PEP 517). */
const BACKENDS = new Set(
  `setuptools.build_meta setuptools.build_meta:__legacy__ hatchling.build poetry.core.masonry.api poetry.masonry.api
  flit_core.buildapi flit.buildapi pdm.backend pdm.pep517.api uv_build maturin scikit_build_core.build mesonpy
  pbr.build jupyter_packaging.build_api`.split(/\s+/),
);
/** Keys whose texts are requirements. */
const REQUIRES =
  /^(?:.*[-_])?(?:dependencies|requires|requirements|constraints?|packages|sources?|groups?|links|extras|overrides)(?:[-_].*)?$/i;
/** Of an index, in configurations of pip and of other installers. */
const INDEX = /^(?:(?:extra|default)[-_])?index(?:[-_]urls?)?$|^find[-_]links$|^trusted[-_]host$|^no[-_]?index[-_]url$/;
const ORIGIN = ['git', 'hg', 'svn', 'bzr', 'url', 'path', 'file', 'index-url'] as const;
const HOOK =
  /^(?:cmdclass|backend-path|custom-hook|run-setuptools|setup-script|dependency_links|setup_hooks|pre-hook|post-hook)$/;

/**
 * What building or installing a package has its tools run or fetch, by `pyproject.toml`, `setup.cfg`, `Pipfile`, `pip.conf`
 * or `uv.toml`: code of the folder itself, and packages from elsewhere than the index.
 */
export function packagingNotes(root: Mapping): readonly Note[] {
  return [...backends(root), ...hooks(root), ...requirements(root), ...indexes(root)].slice(0, 50);
}

function build(message: string, evidence: unknown): Note {
  const fix = 'Leave the model without a package around it, or a package that a backend of the index builds from data.';
  return configNote('package-build', 'high', message, fix, evidence);
}

function elsewhere(evidence: unknown): Note {
  const message = 'a package that is installed from elsewhere than the package index';
  const fix = 'Name packages with exact versions and hashes, and no address.';
  return configNote('requirements-source', 'medium', message, fix, evidence);
}

function backends(root: Mapping): readonly Note[] {
  const system = root['build-system'];
  if (!isMapping(system)) return [];
  const backend = system['build-backend'];
  return backend === undefined || (typeof backend === 'string' && BACKENDS.has(backend))
    ? []
    : [build('a build backend that is not listed runs when the package is installed', backend)];
}

/** Code of the folder that runs while it is built, wherever its tool keeps the key. */
function hooks(root: Mapping): readonly Note[] {
  const notes: Note[] = [];
  for (const mapping of mappings(root))
    for (const [key, value] of Object.entries(mapping)) {
      if (HOOK.test(key) && !isEmpty(value)) notes.push(build(`"${key}" names code that runs with the build`, value));
      // Hatch and Poetry.
      if (key === 'hooks' && isMapping(value) && 'custom' in value)
        notes.push(build('a hook of the build runs code of the folder', value.custom));
      if (key === 'build' && (typeof value === 'string' || (isMapping(value) && 'script' in value)))
        if (/\.py\b/.test(JSON.stringify(value)))
          notes.push(build('a script of the folder runs with the build', value));
      if (typeof value === 'string' && /^attr: ?\S/.test(value))
        notes.push(build(`"${key}" is read from code of the folder`, value));
    }
  return notes;
}

function requirements(root: Mapping): readonly Note[] {
  const notes: Note[] = [];
  const open: (readonly [unknown, boolean])[] = [[root, false]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, required] = next;
    if (typeof value === 'string' && required)
      notes.push(
        ...value
          .split('\n')
          .flatMap((line) =>
            isElsewhere(line) && !/^\s*find(?:_namespace)?:\s*$/.test(line) ? [elsewhere(line)] : [],
          ),
      );
    else if (Array.isArray(value)) for (const item of value) open.push([item, required]);
    else if (isMapping(value)) {
      const origin = required ? ORIGIN.find((key) => typeof value[key] === 'string') : undefined;
      if (origin !== undefined && !isOfficial(String(value[origin]))) notes.push(elsewhere(value));
      for (const [key, item] of Object.entries(value)) {
        const named = REQUIRES.test(key);
        // Below a list of packages stand their names, and below each of these what was judged already.
        if (named || !required || typeof item === 'object') open.push([item, named || required]);
      }
    }
  }
  return notes;
}

function indexes(root: Mapping): readonly Note[] {
  const notes: Note[] = [];
  for (const mapping of mappings(root))
    for (const [key, value] of Object.entries(mapping)) {
      if (!INDEX.test(key)) continue;
      const urls = (Array.isArray(value) ? value : [value]).map((item: unknown) => (isMapping(item) ? item.url : item));
      for (const url of urls.flatMap((item) => (typeof item === 'string' ? item.split(/\s+/) : [])))
        if (url !== '' && /[:/.]/.test(url) && !isOfficial(url)) notes.push(elsewhere(url));
    }
  return notes;
}

function isEmpty(value: unknown): boolean {
  return value === '' || value === 'false' || (Array.isArray(value) && value.length === 0);
}
