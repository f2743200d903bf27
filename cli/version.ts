import manifest from '../package.json' with { type: 'json' };

/** This program's version, as reports name it. */
export function versionOf(): string {
  return manifest.version;
}
