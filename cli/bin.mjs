#!/usr/bin/env node
// Plain JavaScript on purpose: it must parse on a Node.js that is too old for the rest.
import { realpathSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const here = dirname(fileURLToPath(import.meta.url));

// Called by its path or through a link, it meets whatever Node.js is there; the one that `npm ci` brought runs it then.
const own = Number(process.versions.node.split('.')[0]) < 24 ? nodeOf(join(here, '../node_modules/.bin/node')) : null;
if (own !== null && own !== realpathSync(process.execPath)) {
  // Only here: to read what starts processes takes a tenth of the start.
  const { spawnSync } = await import('node:child_process');
  const { status } = spawnSync(own, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(status ?? 2);
}
await import('../scripts/require-node.mjs');

// Most of the start goes to reading modules. What was read is kept beside them, never in a temporary folder, where
// somebody else could put it; where nothing can be written, nothing is kept.
modules.enableCompileCache(join(here, '../.trainyard/node-cache'));

// What a scan allocates dies at once, and V8's own choices give it 50 MB of the 200 that a scan may take, and let what has
// died grow to several times what is in use.
if (process.argv[2] === 'scan') {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}

await import('./main.ts');

/** @returns the file itself, null where there is none */
function nodeOf(path) {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
