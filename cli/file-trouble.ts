import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type CliEnvironment, CliError } from './command.ts';

/** What a person can act on; of all others the code alone, since Node's message holds the path once more. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'no space is left',
  EROFS: 'the file system is read-only',
};

/** Why a file could not be used, in words and with the code of the system: `there is no such file or folder (ENOENT)`. */
export function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (!('code' in cause)) return cause.message;
  const code = String(cause.code);
  const words = WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
}

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
