import { sha256Hex } from '../core/canonical.ts';
import type { PackageReference } from '../core/evaluation/result.ts';
import type { ModelName, Version } from '../core/names.ts';
import { formatVersionTag } from '../core/promotion/gto.ts';
import { FlowError } from './error.ts';
import { PortError, type Ports } from './ports.ts';

const MAX_PACKAGE_BYTES = 2 ** 31 - 1;

/** Whether a package can still be read by its digest: artifacts expire, and anybody with write access can delete them. */
export async function packageKept(ports: Pick<Ports, 'workflows'>, { artifact }: PackageReference): Promise<boolean> {
  const artifacts = await ports.workflows.artifacts(artifact.runId);
  return artifacts.some(({ id, digest, expired }) => id === artifact.id && digest === artifact.digest && !expired);
}

/** The name of the file that holds a version's package in the release of its tag. */
export function assetName(model: ModelName, version: Version): string {
  return `${model}-${version}.tar`;
}

/**
 * A version's package: from the workflow artifact that its judge run left, or once that has expired, from the release of
 * its tag. Wherever it lies, it counts by its SHA-256 alone.
 *
 * @throws FlowError `not_possible` when it is nowhere, or what lies there is something else
 */
export async function readPackage(
  ports: Pick<Ports, 'workflows' | 'releases'>,
  pack: PackageReference,
  { model, version }: { readonly model: ModelName; readonly version: Version },
): Promise<Uint8Array> {
  const kept = await packageBytes(ports, pack);
  if (kept !== null) return kept;
  const tag = formatVersionTag(model, version);
  const asset = await ports.releases.asset(tag, assetName(model, version), MAX_PACKAGE_BYTES);
  if (asset === null)
    throw new FlowError(
      'not_possible',
      `the package of ${tag} is no longer kept: artifact ${pack.artifact.id} expired or was deleted, and the release of ${tag} has no ${assetName(model, version)}; train ${model} again`,
    );
  const digest = sha256Hex(asset);
  if (digest === pack.sha256) return asset;
  throw new FlowError(
    'not_possible',
    `the package of ${tag} is not what was verified: expected SHA-256 ${pack.sha256}, but ${assetName(model, version)} in its release has ${digest}; somebody has replaced it`,
  );
}

/** The same while its workflow artifact is kept; null once it is not. */
export async function packageBytes(
  ports: Pick<Ports, 'workflows'>,
  { artifact, sha256 }: PackageReference,
): Promise<Uint8Array | null> {
  try {
    const files = await ports.workflows.artifactFiles(artifact.id, artifact.digest, MAX_PACKAGE_BYTES);
    return [...files.values()].find((content) => sha256Hex(content) === sha256) ?? null;
  } catch (error) {
    if (error instanceof PortError && (error.code === 'gone' || error.code === 'digest_mismatch')) return null;
    throw error;
  }
}
