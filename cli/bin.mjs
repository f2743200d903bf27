#!/usr/bin/env node
// Plain JavaScript on purpose: it must parse on the old Node.js that it is here to refuse.
import '../scripts/require-node.mjs';
import * as modules from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

// Most of the start goes to reading some hundred modules. What was read is kept beside them, never in a temporary folder,
// where somebody else could put it; where nothing can be written, nothing is kept.
modules.enableCompileCache(join(import.meta.dirname, '../.trainyard/node-cache'));

// What a scan allocates dies at once, and V8's own choices give it 50 MB of the 200 that a scan may take, and let what has
// died grow to several times what is in use.
if (process.argv[2] === 'scan') {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}

await import('./main.ts');
