import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DataEngineError, type DataFiles } from '../../flows/check-data/ports.ts';
import { ActionError } from './error.ts';

/**
 * Files below a checkout. What lies in it may be a pull request's: a link that leads out of it, or into git's own folder,
 * where a job's token is kept, is refused. Another place is read only where the job itself names it.
 */
export function confined<F extends DataFiles>(files: F, checkout: string): F {
  return {
    ...files,
    async list(reference) {
      const found = await files.list(reference);
      const root = await realpath(checkout);
      const named = fixedPart(resolve(checkout, reference));
      const home = isBelow(named, resolve(checkout)) ? root : await realpath(named);
      const away = found.find(({ path }) => !isBelow(path, home) || relative(root, path).split(sep).includes('.git'));
      if (away === undefined) return found;
      throw new DataEngineError(
        'unreadable',
        `${away.name} is a link that leads out of the checkout, or lies in git’s own folder: put the data itself there`,
      );
    },
  };
}

/**
 * A path that the job names below its checkout must lie there: what is on the way may be a pull request's link.
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

/** The folders of a glob before its first wildcard. */
function fixedPart(pattern: string): string {
  const parts = pattern.split(sep);
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  return first === -1 ? pattern : parts.slice(0, first).join(sep) || sep;
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way.split(sep)[0] !== '..' && join(folder, way) === path);
}
