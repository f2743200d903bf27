/** Where the native library lies: told once, before the module is loaded that needs it. */
let path: string | null = null;
let loaded = false;

export function setNativePath(native: string): void {
  path = native;
}

/** @throws Error where nobody has told it */
export function takeNativePath(): string {
  if (path === null) throw new Error('the native library of DuckDB was asked for before its path was known');
  loaded = true;
  return path;
}

export function wasLoaded(): boolean {
  return loaded;
}
