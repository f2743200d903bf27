import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { putMetrics, readSmall } from '../../adapters/archives/stage-output.ts';
import type { ParamValue } from '../../core/config/params.ts';
import { DVCLIVE_SUMMARY, dvcliveSummary } from '../../core/training/dvclive.ts';
import { MAX_PARAMS_YAML, PARAMS_YAML, writeParams } from '../../core/training/params-yaml.ts';
import type { TrainNote } from '../../core/training/status.ts';
import { isAsBefore, type Present } from './present.ts';

/**
 * Writes a run's parameters over those in the tree's `params.yaml`, where it has one: code that reads them there trains
 * with what was asked for. What can't be written is noted: the parameters still reach the command in its environment.
 */
export async function layParams(
  tree: string,
  params: Readonly<Record<string, ParamValue>>,
): Promise<readonly TrainNote[]> {
  if (Object.keys(params).length === 0) return [];
  const path = join(tree, PARAMS_YAML);
  const bytes = await readSmall(path, MAX_PARAMS_YAML);
  if (bytes === null) return [];
  const written = writeParams(bytes.toString('utf8'), params);
  if (!written.ok) return [note(written.message)];
  if (written.set.length > 0) await writeFile(path, written.text);
  const { ambiguous } = written;
  if (ambiguous.length === 0) return [];
  return [note(`${PARAMS_YAML} names ${ambiguous.join(', ')} in several places, and none was written`)];
}

const note = (message: string): TrainNote => ({ code: 'params_not_written', message: message.slice(0, 1000) });

/**
 * What DVCLive says in the end is what training reports of itself, unless it left a `metrics.json` of its own.
 * @param present what was there before and says nothing of this training
 */
export async function takeDvcliveSummary(tree: string, output: string, present: Present = new Map()): Promise<void> {
  if (await isAsBefore(present, tree, DVCLIVE_SUMMARY)) return;
  const bytes = await readSmall(join(tree, DVCLIVE_SUMMARY));
  const metrics = bytes === null ? {} : dvcliveSummary(bytes);
  await putMetrics(metrics, output);
}
