import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { actionFolders, readmeOf } from './action-readme.ts';
import { bundleActions } from './bundle-actions.ts';
import { copyWorkflows } from './copy-workflows.ts';

/**
 * Builds what `uses:` runs: actions/dist from every actions/<name>/main.ts, the READMEs' tables from
 * action.yml, and the copies of our workflows in .github/workflows. With `--check` nothing is written, and a
 * difference is an error.
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const DIST = join(ROOT, 'actions', 'dist');

/** @returns whether the file on disk was as wanted */
async function put(path: string, wanted: string, checkOnly: boolean): Promise<boolean> {
  const found = await readFile(path, 'utf8').catch(() => null);
  if (found === wanted) return true;
  if (!checkOnly) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, wanted);
  }
  return false;
}

async function main(checkOnly: boolean): Promise<void> {
  const names = await actionFolders(ROOT);
  const bundles = await bundleActions(ROOT, names);
  const stale: string[] = [];
  for (const [name, text] of bundles) {
    if (!(await put(join(DIST, name), text, checkOnly))) stale.push(`actions/dist/${name}`);
    console.log(`actions/dist/${name}  ${(Buffer.byteLength(text) / 1024).toFixed(0)} KiB`);
  }
  for (const name of await readdir(DIST).catch(() => [])) {
    if (bundles.has(name)) continue;
    stale.push(`actions/dist/${name} (no such action)`);
    if (!checkOnly) await rm(join(DIST, name));
  }
  for (const name of names) {
    const readme = join(ROOT, 'actions', name, 'README.md');
    if (!(await put(readme, await readmeOf(ROOT, name), checkOnly))) stale.push(`actions/${name}/README.md`);
  }
  for (const { path, text } of await copyWorkflows(ROOT)) {
    if (!(await put(join(ROOT, path), text, checkOnly))) stale.push(path);
  }
  if (checkOnly && stale.length > 0) {
    console.error(`out of date, run \`npm run build\` and commit the result:\n${stale.join('\n')}`);
    process.exitCode = 1;
  }
}

await main(process.argv.includes('--check'));
