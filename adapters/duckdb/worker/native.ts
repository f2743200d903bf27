import { createRequire } from 'node:module';
import { takeNativePath } from './native-path.ts';

/** Stands for `@duckdb/node-bindings` in the bundle of the worker (scripts/bundle-actions.ts). */
export default createRequire(import.meta.url)(takeNativePath());
