import { realpath } from 'node:fs/promises';
import { isAbsolute, normalize, relative, sep } from 'node:path';
import { ActionError } from './error.ts';

/**
 * A path that the job names below its checkout must lie there: what is on the way may be a pull request's link, to any
 * file of the runner, or into git's own folder, where a job's token is kept.
 * @param path absolute, of something that is there. @throws ActionError `input_refused`
 */
export async function refuseAway(path: string, checkout: string): Promise<void> {
  if (!isBelow(path, checkout)) return;
  const [there, root] = [await realpath(path), await realpath(checkout)];
  if (isBelow(there, root) && !relative(root, there).split(sep).includes('.git')) return;
  throw new ActionError(
    'input_refused',
    `${relative(checkout, path)} leads out of the checkout, or into git’s own folder`,
  );
}

/** A path as git and annotations know it: `./data/x.csv`, and the same from the root of the disk. What lies elsewhere keeps its name. */
export function nameInCheckout(path: string, checkout: string): string {
  const below = isAbsolute(path) ? relative(checkout, path) : normalize(path);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? path : below.replaceAll(sep, '/');
}

/** By its name alone; `refuseAway` follows links. */
export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(sep)[0] !== '..';
}
