import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listCheckpoint } from '../../adapters/checkpoints/listing.ts';
import { writeObjects } from '../../adapters/checkpoints/objects.ts';
import { CHECKPOINT_FILE, CheckpointManifest, checkpointName, OBJECTS_FILE } from '../../core/training/checkpoint.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import { attemptAfter, fingerprintOf, restoreCheckpoint } from '../runtime/checkpoints.ts';
import type { Job } from '../runtime/job.ts';
import type { WorkflowPlace } from '../runtime/place.ts';
import type { Inputs, Outputs } from './interface.ts';

/**
 * Brings a checkpoint into this workflow run, as one save that holds all its chunks. The job that trains may read no
 * other workflow run's artifacts; this one may, and runs none of the commit's code. What can't be restored costs the time
 * since the beginning, and no more.
 */
export async function restore(inputs: Inputs, job: Job, artifacts: Artifacts, place: WorkflowPlace): Promise<Outputs> {
  const { runId: run, order, trust, checkpoint, githubToken: token } = inputs;
  const identity = { run, trust, fingerprint: fingerprintOf(order) };
  const directory = await job.directory('checkpoint');
  const scratch = await job.directory('restoring');
  try {
    const from = { token, repository: place.repository };
    const where = { artifacts, runId: place.runId, directory, scratch };
    const { manifest } = await restoreCheckpoint({ ...checkpoint, name: '' }, identity, where, from);
    const staging = await job.directory('saving');
    const target = join(staging, OBJECTS_FILE);
    const written = await writeObjects(directory, await listCheckpoint(directory), new Set(), new Map(), target);
    const attempt = attemptAfter(manifest);
    const whole = CheckpointManifest.parse({ ...manifest, ...written, attempt, sequence: 0, packs: [] });
    await writeFile(join(staging, CHECKPOINT_FILE), JSON.stringify(whole));
    const saved = await artifacts.upload(checkpointName(attempt, 0), staging, [CHECKPOINT_FILE, OBJECTS_FILE]);
    job.log.info(`attempt ${attempt} goes on from a checkpoint of ${manifest.files.length} files`);
    return { restored: JSON.stringify({ runId: place.runId, ...saved }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    job.log.warning(`the checkpoint could not be restored, so training begins at its beginning: ${why}`);
    return { restored: '' };
  }
}
