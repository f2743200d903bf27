// Loaded by start.test.ts with --import: what the command line reads at a start, as JSON on the last line of stderr.
import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';

const read = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) read.push({ url, bytes: statSync(new URL(url)).size });
    return next(url, context);
  },
});
process.on('exit', () => process.stderr.write(`${JSON.stringify(read)}\n`));
