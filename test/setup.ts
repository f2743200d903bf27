import { afterAll, expect } from 'vitest';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) throw new Error(`tests need Node.js 24 or newer, got ${process.version}: run them with \`npm test\``);
expect.extend({});

/** Many files share a process: one that leaves a timer moved by hand lets others wait for ever. */
const before = globalThis.setTimeout;
afterAll(() => {
  if (globalThis.setTimeout !== before) throw new Error('the timers are not those that were there before this file');
});
