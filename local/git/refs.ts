import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const ZERO = '0'.repeat(40);

/** Whether `ref` is a full ref name that git accepts (git-check-ref-format) and that stays inside `refs/`. */
export function isRefName(ref: string): boolean {
  if (!/^refs\/[^/]+\/.+$/.test(ref) || ref.length > 400) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git refuses them in names
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(ref)) return false;
  return ref.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'EISDIR' || error.code === 'ENOTDIR');

async function readOptional(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** The object id that `ref` holds, read from the ref files themselves (no process). */
export async function readRef(directory: string, ref: string): Promise<string | undefined> {
  if (!isRefName(ref)) return undefined;
  const loose = (await readOptional(join(directory, ref))).trim();
  if (/^[0-9a-f]{40}$/.test(loose)) return loose;
  const packed = await readOptional(join(directory, 'packed-refs'));
  for (const line of packed.split('\n')) {
    if (line.length > 41 && line.slice(41) === ref) return line.slice(0, 40);
  }
  return undefined;
}
