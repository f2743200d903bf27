import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The instructions of deploy/Dockerfile, stage by stage, with continued lines joined and without comments. */
export function stages(): readonly (readonly string[])[] {
  const text = readFileSync(resolve(ROOT, 'deploy/Dockerfile'), 'utf8').replaceAll(/^#.*\n/gm, '');
  const lines = text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const found: string[][] = [];
  for (const line of lines) {
    if (line.startsWith('FROM ')) found.push([]);
    found.at(-1)?.push(line);
  }
  return found;
}

/** What a stage copies out of the checkout. */
export function copied(stage: readonly string[]): readonly string[] {
  const lines = stage.filter((line) => line.startsWith('COPY ') && !line.includes('--from='));
  return lines.flatMap((line) => line.split(/\s+/).slice(1, -1));
}
