import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** This program's version, as reports name it. */
export function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
