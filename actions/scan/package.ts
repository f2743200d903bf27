import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { canonicalJson } from '../../core/canonical.ts';
import { Sha256 } from '../../core/names.ts';
import { buildManifest } from '../../core/packaging/manifest.ts';
import { type TarSource, writeTar } from '../../core/packaging/tar.ts';
import type { ScannableFile } from '../../core/verification/format.ts';
import { ActionError } from '../runtime/error.ts';
import { ARTIFACTS_FOLDER, MANIFEST_FILE } from '../runtime/judge-files.ts';

const CHUNK_BYTES = 1 << 20;

/**
 * Writes the package: `manifest.json` and the files below `artifacts/`, in one deterministic archive. Equal outputs give
 * equal bytes, and the digest of those bytes is the package's name.
 */
export async function writePackage(
  files: readonly ScannableFile[],
  target: string,
): Promise<{ readonly sha256: Sha256; readonly size: number }> {
  const manifest = buildManifest(files.map(({ path, size, sha256 }) => ({ path, size, sha256, kind: 'file' })));
  if (!manifest.ok) throw new ActionError('result_invalid', `no package: ${manifest.problems.join('; ')}`);
  const json = Buffer.from(canonicalJson(manifest.manifest));
  const sources: TarSource[] = [
    { path: MANIFEST_FILE, size: json.length, executable: false, chunks: () => [json] },
    ...files.map((file) => ({
      path: `${ARTIFACTS_FOLDER}/${file.path}`,
      size: file.size,
      // A package is data: nothing in it is to be executed as it is.
      executable: false,
      chunks: () => partsOf(file),
    })),
  ];
  const digest = createHash('sha256');
  let size = 0;
  await pipeline(
    writeTar(sources),
    async function* (chunks) {
      for await (const chunk of chunks) {
        digest.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(target, { flags: 'wx' }),
  );
  return { sha256: Sha256.parse(digest.digest('hex')), size };
}

function* partsOf(file: ScannableFile): Generator<Uint8Array> {
  for (let offset = 0; offset < file.size; offset += CHUNK_BYTES) {
    yield file.read(offset, Math.min(CHUNK_BYTES, file.size - offset));
  }
}
