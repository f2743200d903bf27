// Plain JavaScript on purpose: to strip types takes a tool whose own start would be part of each worker's.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Starts a worker, whose program is the first argument, with what V8 made of its modules before: a third of its start.
 * It is kept where the command line keeps its own; where nothing can be written, nothing is kept.
 */
enableCompileCache(join(import.meta.dirname, '../../../.trainyard/node-cache'));
await import(pathToFileURL(process.argv[2] ?? '').href);
