import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** GitHub reads reusable workflows from .github/workflows alone: the copies there are byte-equal. */
export async function copyWorkflows(
  root: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const names = (await readdir(join(root, 'workflows'))).filter((name) => name.endsWith('.yml')).sort();
  return Promise.all(
    names.map(async (name) => ({
      path: join('.github', 'workflows', name),
      text: await readFile(join(root, 'workflows', name), 'utf8'),
    })),
  );
}
