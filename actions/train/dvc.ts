import { constants } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParamValue } from '../../core/config/params.ts';
import { readYaml } from '../../core/training/dvc/document.ts';
import { DVCLIVE_SUMMARY, dvcliveSummary, flatMetrics } from '../../core/training/dvclive.ts';
import { MAX_PARAMS_YAML, PARAMS_YAML, writeParams } from '../../core/training/params-yaml.ts';
import type { TrainNote } from '../../core/training/status.ts';

const MAX_SUMMARY = 1 << 20;
const SELF_REPORTED = 'metrics.json';

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

/** What DVCLive says in the end is what training reports of itself, unless it left a `metrics.json` of its own. */
export async function takeDvcliveSummary(tree: string, output: string): Promise<void> {
  const bytes = await readSmall(join(tree, DVCLIVE_SUMMARY), MAX_SUMMARY);
  const metrics = bytes === null ? {} : dvcliveSummary(bytes);
  await putMetrics(metrics, output);
}

/** The metrics files of a stage, YAML or JSON, as what training reports of itself; of one name the first file counts. */
export async function takeStageMetrics(paths: readonly string[], output: string): Promise<void> {
  const found: Record<string, number> = {};
  for (const path of paths) {
    const bytes = await readSmall(join(output, path), MAX_SUMMARY);
    const read = bytes === null ? null : readYaml(bytes.toString('utf8'), path);
    if (read?.ok === true) Object.assign(found, { ...flatMetrics(read.value), ...found });
  }
  // One that is called so may hold maps of numbers, which nobody reads: what is flat takes its place.
  if (paths.includes(SELF_REPORTED) && Object.keys(found).length > 0) await rm(join(output, SELF_REPORTED));
  await putMetrics(found, output);
}

async function putMetrics(metrics: Readonly<Record<string, number>>, output: string): Promise<void> {
  if (Object.keys(metrics).length === 0) return;
  const text = `${JSON.stringify(metrics, null, 2)}\n`;
  // Never over what is there, and never through a link.
  await writeFile(join(output, SELF_REPORTED), text, { flag: 'wx' }).catch(() => {});
}

/** Null for what is not there, is no file, or has more bytes. */
async function readSmall(path: string, most: number): Promise<Buffer | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > most) return null;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
