import type { TarFile } from '../packaging/tar.ts';

/** A file that a tracking server keeps beside a run. */
export interface TrackedArtifact {
  /** Below the run's artifacts: letters, digits, `_`, `.`, `-` and slashes. */
  readonly path: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Of one run, in bytes. */
const LIMITS = { files: 40, file: 4 << 20, all: 16 << 20 };
/** Packages up to this size are looked into for plots, in bytes. */
export const MAX_LOOKED_INTO = 32 << 20;

/** What a browser shows without running anything: HTML and SVG of training's are not among them. */
const SHOWN: Readonly<Record<string, string>> = {
  png: 'image/png',
  csv: 'text/csv',
  json: 'application/json',
  md: 'text/markdown',
};

/** Plots (`plots/`) and the model card (`README.md`) of a package whose scan was clean; what else is in it stays there. */
export function packageArtifacts(files: readonly TarFile[]): readonly TrackedArtifact[] {
  return files.flatMap(({ path, content }) => {
    const below = path.startsWith('artifacts/') ? path.slice('artifacts/'.length) : '';
    const contentType = SHOWN[/\.([a-z]+)$/.exec(below)?.[1] ?? ''];
    const wanted = below === 'README.md' || below.startsWith('plots/');
    return wanted && contentType !== undefined ? [{ path: below, contentType, bytes: content }] : [];
  });
}

/** As many of them, in their order, as a run may have; what has another path than a server takes is left out. */
export function boundArtifacts(artifacts: readonly TrackedArtifact[]): readonly TrackedArtifact[] {
  const kept: TrackedArtifact[] = [];
  let bytes = 0;
  for (const artifact of artifacts) {
    const size = artifact.bytes.length;
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(artifact.path) || size > LIMITS.file) continue;
    if (kept.length === LIMITS.files || bytes + size > LIMITS.all) continue;
    bytes += size;
    kept.push(artifact);
  }
  return kept;
}
