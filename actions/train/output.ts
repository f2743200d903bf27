import { constants } from 'node:fs';
import { cp, lstat, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { listOutput, OUTPUT_LIMITS } from '../../adapters/archives/output.ts';
import { parseMetrics } from '../../core/evaluation/metrics.ts';
import type { TrainNote, TrainStatus } from '../../core/training/status.ts';
import { refuseAway } from '../runtime/confined-files.ts';
import { ActionError } from '../runtime/error.ts';
import { isAsBefore, type Present } from './present.ts';

/**
 * Copies what the command left elsewhere into the output directory, at the same paths.
 * @param paths below the working directory. @param present what lay at them before. @param missing says that one is not there. @returns what is wrong, or null
 */
export async function gatherOutputs(
  paths: readonly string[],
  tree: string,
  output: string,
  present: Present,
  missing = missingOutput,
): Promise<Pick<TrainStatus, 'reason' | 'message'> | null> {
  for (const path of paths) {
    const full = resolve(tree, path);
    if (!isOutput(path, tree)) return invalid(`outputs: ${path} is not below the working directory`);
    const found = await stat(full).catch(() => null);
    if (found === null) return { reason: 'no_output', message: missing(path).slice(0, 4000) };
    if (await isAsBefore(present, tree, path)) return { reason: 'no_output', message: unwritten(path).slice(0, 4000) };
    try {
      await refuseAway(full, tree);
    } catch (error) {
      if (error instanceof ActionError) return invalid(error.message);
      throw error;
    }
    // Before the disk is filled with a second one.
    const listed = found.isDirectory() ? await listOutput(full) : null;
    if (found.size > OUTPUT_LIMITS.bytes || listed?.kind === 'too_large')
      return { reason: 'output_too_large', message: tooLarge(path).slice(0, 4000) };
    const target = join(output, full.slice(tree.length + 1));
    try {
      await mkdir(dirname(target), { recursive: true });
      await cp(full, target, { recursive: true, verbatimSymlinks: true });
    } catch (error) {
      // A pipe or a socket, or a file where TRAINYARD_OUTPUT has a folder of that name.
      return invalid(`outputs: ${path} can’t be copied: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return null;
}

/** Whether a path can be of something that the command leaves in its working directory. */
export function isOutput(path: string, tree: string): boolean {
  return resolve(tree, path).startsWith(`${tree}/`);
}

/** What an output is that holds no file. */
export const EMPTY: Pick<TrainStatus, 'reason' | 'message'> = {
  reason: 'no_output',
  message: 'The command exited with 0 and left nothing in the directory that TRAINYARD_OUTPUT names.',
};

function tooLarge(path: string): string {
  const { bytes, files } = OUTPUT_LIMITS;
  return `outputs: ${path} has more than ${bytes} bytes or ${files} files: name what the model needs, and keep the rest in TRAINYARD_CHECKPOINT`;
}

function missingOutput(path: string): string {
  const hint = /[*?[{]/.test(path) ? ' It takes paths and no patterns: name the folder.' : '';
  return `The command exited with 0 and left no ${path}, which outputs names.${hint}`;
}

function unwritten(path: string): string {
  return `The command exited with 0 and wrote nothing to ${path}: it is as it was before. What it trains has to be written there, or to TRAINYARD_OUTPUT.`;
}

function invalid(message: string): Pick<TrainStatus, 'reason' | 'message'> {
  return { reason: 'output_invalid', message: message.slice(0, 4000) };
}

/** Larger ones are refused unread. */
const MAX_METRICS_FILE = 1 << 20;

/** `metrics.json` of an output, as JSON of one line; empty where there is none that can be read. */
export async function readSelfReported(
  output: string,
): Promise<{ readonly json: string; readonly notes: readonly TrainNote[] }> {
  const path = join(output, 'metrics.json');
  const found = await lstat(path).catch(() => null);
  if (found === null) return { json: '', notes: [] };
  const note = (message: string) => ({ code: 'self_reported_unreadable' as const, message: message.slice(0, 1000) });
  const refuse = (message: string) => ({ json: '', notes: [note(message)] });
  if (!found.isFile() || found.size > MAX_METRICS_FILE) return refuse('expected a file of at most 1 MiB');
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_METRICS_FILE + 1), 0, MAX_METRICS_FILE + 1, 0);
    const parsed = parseMetrics(buffer.subarray(0, bytesRead));
    if (!parsed.ok) return refuse(parsed.message);
    const notes = parsed.leftOut === null ? [] : [note(parsed.leftOut)];
    return { json: JSON.stringify(parsed.metrics), notes };
  } finally {
    await file.close();
  }
}
