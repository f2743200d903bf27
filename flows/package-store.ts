import type { PackageReference } from '../core/evaluation/result.ts';
import type { Ports } from './ports.ts';

/** Whether a package can still be read by its digest: artifacts expire, and anybody with write access can delete them. */
export async function packageKept(ports: Pick<Ports, 'workflows'>, { artifact }: PackageReference): Promise<boolean> {
  const artifacts = await ports.workflows.artifacts(artifact.runId);
  return artifacts.some(({ id, digest, expired }) => id === artifact.id && digest === artifact.digest && !expired);
}
