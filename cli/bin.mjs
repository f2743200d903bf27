#!/usr/bin/env node
// Plain JavaScript on purpose: it must parse on the old Node.js that it is here to refuse.
import '../scripts/require-node.mjs';
import { setFlagsFromString } from 'node:v8';

// What a scan allocates dies at once, and V8's own choice gives it 50 MB of the 200 that a scan may take.
if (process.argv[2] === 'scan') setFlagsFromString('--semi-space-growth-factor=1');

await import('./main.ts');
