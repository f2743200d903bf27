import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TrainEnvironment } from '../../core/training/environment.ts';

const Told = z.object({ environment: TrainEnvironment });

/**
 * What training says that it ran with, out of the status beside its output, as JSON for the signed record. Hostile code
 * may have written the file: what can't be read says nothing, and fails nothing.
 *
 * @returns empty where nothing is told
 */
export async function environmentIn(status: string): Promise<string> {
  try {
    return JSON.stringify(Told.parse(JSON.parse(await readFile(status, 'utf8'))).environment);
  } catch {
    return '';
  }
}
