import { posix } from 'node:path';

/** Lock formats that we know by name. Some install as they are, some by the tool that made them; the others are named when they are refused. */
export type SetupKind =
  | { readonly kind: 'requirements' }
  /** By the tool of that name, which has to be on the runner. */
  | { readonly kind: 'uv' | 'poetry' | 'conda' }
  | { readonly kind: 'unsupported'; readonly format: string; readonly advice: string };

const EXPORT_UV = 'export it with `uv export --format requirements-txt --output-file requirements.lock`';
const EXPLICIT = 'make an explicit lock with `conda list --explicit --sha256 > environment.lock`';

const INSTALLED: readonly (readonly [RegExp, 'uv' | 'poetry' | 'conda'])[] = [
  [/^uv\.lock$/, 'uv'],
  [/^poetry\.lock$/, 'poetry'],
  [/^(environment|(.+-)?conda(-.+)?)\.(lock|explicit\.txt)$/, 'conda'],
];

const NAMED: readonly (readonly [RegExp, string, string])[] = [
  [/^pdm\.lock$/, 'PDM lock', 'export it with `pdm export --output requirements.lock`'],
  [/^Pipfile\.lock$/, 'Pipenv lock', 'export it with `pipenv requirements --hash > requirements.lock`'],
  [/^pylock(\.[^.]+)?\.toml$/, 'pylock file', EXPORT_UV],
  [/^(.+-)?conda-lock\.ya?ml$/, 'conda lock', EXPLICIT],
  [/^environment\.ya?ml$/, 'conda environment', EXPLICIT],
  [/^pixi\.lock$/, 'pixi lock', 'list the packages in a hashed requirements.lock'],
  [/^(Dockerfile|Containerfile)(\..+)?$/, 'container build file', 'list the packages in a hashed requirements.lock'],
  [/^(package-lock\.json|renv\.lock|Manifest\.toml|Cargo\.lock)$/, 'lock of another language', 'leave setup out'],
];

/** What `setup:` of the config names, by its file name. @param path path in the repository */
export function setupKind(path: string): SetupKind {
  const name = posix.basename(path);
  const installed = INSTALLED.find(([pattern]) => pattern.test(name));
  if (installed !== undefined) return { kind: installed[1] };
  for (const [pattern, format, advice] of NAMED) if (pattern.test(name)) return { kind: 'unsupported', format, advice };
  if (/\.lock$/.test(name) || /^requirements.*\.txt$/.test(name)) return { kind: 'requirements' };
  return {
    kind: 'unsupported',
    format: `file named ${name}`,
    advice: 'name a requirements file with hashes: `*.lock` or `requirements*.txt`',
  };
}
