import { posix } from 'node:path';

/** Lock formats that we know by name. Only the first installs so far; the others are named when they are refused. */
export type SetupKind =
  | { readonly kind: 'requirements' }
  | { readonly kind: 'unsupported'; readonly format: string; readonly advice: string };

const EXPORT_UV = 'export it with `uv export --format requirements-txt --output-file requirements.lock`';

const NAMED: readonly (readonly [RegExp, string, string])[] = [
  [/^uv\.lock$/, 'uv lock', EXPORT_UV],
  [/^poetry\.lock$/, 'Poetry lock', 'export it with `poetry export --output requirements.lock`'],
  [/^pdm\.lock$/, 'PDM lock', 'export it with `pdm export --output requirements.lock`'],
  [/^Pipfile\.lock$/, 'Pipenv lock', 'export it with `pipenv requirements --hash > requirements.lock`'],
  [/^pylock(\.[^.]+)?\.toml$/, 'pylock file', EXPORT_UV],
  [/^(.+-)?conda-lock\.ya?ml$/, 'conda lock', 'list the packages in a hashed requirements.lock'],
  [/^environment\.ya?ml$/, 'conda environment', 'list the packages in a hashed requirements.lock'],
  [/^pixi\.lock$/, 'pixi lock', 'list the packages in a hashed requirements.lock'],
  [/^(Dockerfile|Containerfile)(\..+)?$/, 'container build file', 'list the packages in a hashed requirements.lock'],
  [/^(package-lock\.json|renv\.lock|Manifest\.toml|Cargo\.lock)$/, 'lock of another language', 'leave setup out'],
];

/** What `setup:` of the config names, by its file name. @param path path in the repository */
export function setupKind(path: string): SetupKind {
  const name = posix.basename(path);
  for (const [pattern, format, advice] of NAMED) if (pattern.test(name)) return { kind: 'unsupported', format, advice };
  if (/\.lock$/.test(name) || /^requirements.*\.txt$/.test(name)) return { kind: 'requirements' };
  return {
    kind: 'unsupported',
    format: `file named ${name}`,
    advice: 'name a requirements file with hashes: `*.lock` or `requirements*.txt`',
  };
}
