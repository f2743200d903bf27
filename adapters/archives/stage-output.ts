import { constants } from 'node:fs';
import { lstat, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageOutputs } from '../../core/fingerprint/manifest.ts';
import { readYaml } from '../../core/training/dvc/document.ts';
import { flatMetrics } from '../../core/training/dvclive.ts';
import { missingStageOutput, stagePaths } from '../../core/training/stage-command.ts';

/** Bytes of a metrics file. */
const MAX_SUMMARY = 1 << 20;
const SELF_REPORTED = 'metrics.json';

/** What of a stage's outputs is not in the output, in words for its author; null where all of it is. */
export async function lackingOfStage(stage: StageOutputs, output: string): Promise<string | null> {
  for (const path of stagePaths(stage))
    if ((await lstat(join(output, path)).catch(() => null)) === null) return missingStageOutput(path);
  return null;
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

/** Leaves them as what training reports of itself, unless it did that. */
export async function putMetrics(metrics: Readonly<Record<string, number>>, output: string): Promise<void> {
  if (Object.keys(metrics).length === 0) return;
  const text = `${JSON.stringify(metrics, null, 2)}\n`;
  // Never over what is there, and never through a link.
  await writeFile(join(output, SELF_REPORTED), text, { flag: 'wx' }).catch(() => {});
}

/** Null for what is not there, is no file, or has more bytes. */
export async function readSmall(path: string, most = MAX_SUMMARY): Promise<Buffer | null> {
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
