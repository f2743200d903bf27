#!/usr/bin/env node
// Plain JavaScript on purpose: it must parse on the old Node.js that it is here to refuse.
import '../scripts/require-node.mjs';

await import('./main.ts');
