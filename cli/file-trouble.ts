import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { whyOf } from '../adapters/archives/why-unusable.ts';
import { type CliEnvironment, CliError } from './command.ts';

/** Writes a report that a flag asks for. @throws CliError `unwritable` */
export async function writeReport(
  environment: CliEnvironment,
  flag: string,
  path: string,
  text: string,
): Promise<void> {
  try {
    await writeFile(resolve(environment.directory, path), text);
  } catch (cause) {
    const message = `${flag} ${path} can't be written: ${whyOf(cause)}; name a file in a folder that exists and that you may write to`;
    throw new CliError('unwritable', message, { cause });
  }
}
