import { constants } from 'node:fs';
import { cp, lstat, mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseMetrics } from '../../core/evaluation/metrics.ts';
import type { TrainNote, TrainStatus } from '../../core/training/status.ts';
import { refuseAway } from '../runtime/confined-files.ts';
import { ActionError } from '../runtime/error.ts';

/**
 * Copies what the command left elsewhere into the output directory, at the same paths.
 * @param paths below the working directory. @param missing says that one is not there. @returns what is wrong, or null
 */
export async function gatherOutputs(
  paths: readonly string[],
  tree: string,
  output: string,
  missing = missingOutput,
): Promise<Pick<TrainStatus, 'reason' | 'message'> | null> {
  for (const path of paths) {
    const full = resolve(tree, path);
    if (!full.startsWith(`${tree}/`)) return invalid(`outputs: ${path} is not below the working directory`);
    if ((await stat(full).catch(() => null)) === null) {
      return { reason: 'no_output', message: missing(path) };
    }
    try {
      await refuseAway(full, tree);
    } catch (error) {
      if (error instanceof ActionError) return invalid(error.message);
      throw error;
    }
    const target = join(output, full.slice(tree.length + 1));
    try {
      await mkdir(dirname(target), { recursive: true });
      await cp(full, target, { recursive: true, verbatimSymlinks: true });
    } catch (error) {
      // A pipe or a socket, or a file where TRAINYARD_OUTPUT has a folder of that name.
      return invalid(`outputs: ${path} can’t be copied: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const left = await readdir(output);
  return left.length > 0
    ? null
    : {
        reason: 'no_output',
        message: 'The command exited with 0 and left nothing in the directory that TRAINYARD_OUTPUT names.',
      };
}

function missingOutput(path: string): string {
  return `The command exited with 0 and left no ${path}, which outputs names.`;
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
  const refuse = (message: string) => {
    return { json: '', notes: [{ code: 'self_reported_unreadable' as const, message: message.slice(0, 1000) }] };
  };
  if (!found.isFile() || found.size > MAX_METRICS_FILE) return refuse('expected a file of at most 1 MiB');
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_METRICS_FILE + 1), 0, MAX_METRICS_FILE + 1, 0);
    const parsed = parseMetrics(buffer.subarray(0, bytesRead));
    return parsed.ok ? { json: JSON.stringify(parsed.metrics), notes: [] } : refuse(parsed.message);
  } finally {
    await file.close();
  }
}
