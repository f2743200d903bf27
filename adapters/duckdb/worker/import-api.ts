import { setNativePath, wasLoaded } from './native-path.ts';

/**
 * DuckDB's JavaScript. Installed by npm it finds its native library by itself; the bundle of the worker holds the
 * JavaScript alone and is given the library's path.
 * @param binding address of the module, or path of the native library (`….node`)
 */
export async function importApi(binding: string): Promise<typeof import('@duckdb/node-api')> {
  if (!binding.endsWith('.node')) return import(binding);
  setNativePath(binding);
  const api = await import('@duckdb/node-api');
  // Outside of the bundle the module takes the library that npm put beside it, which is not what was asked for.
  if (!wasLoaded()) throw new Error(`${binding} can be given to the bundled worker only`);
  return api;
}
