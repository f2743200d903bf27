import { expect } from 'vitest';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) throw new Error(`tests need Node.js 24 or newer, got ${process.version}: run them with \`npm test\``);
expect.extend({});
