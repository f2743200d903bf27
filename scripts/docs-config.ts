/**
 * Makes what docs/config.md and docs/trainyard.schema.json take from the code: which keys are policy, and the schema
 * that editors read. Usage: node scripts/docs-config.ts
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { configJsonSchema, type JsonSchema } from '../core/config/json-schema.ts';
import { CASES, CHANGE_TABLE } from '../core/policy/change-table.ts';
import { KEY_TABLE } from '../core/policy/table.ts';
import { type Block, cell, ROOT, table, writeBlock } from './docs-block.ts';

export const SCHEMA_FILE = 'docs/trainyard.schema.json';

export function keyTable(): Block {
  const rows = KEY_TABLE.map(({ key, side, why }) => [`\`${key}\``, `**${side}**`, cell(why)]);
  return {
    page: 'docs/config.md',
    name: 'policy and input',
    command: 'node scripts/docs-config.ts',
    content: table(['key', 'side', 'why'], rows),
  };
}

/** What becomes of a pull request that changes what it is judged by. */
export function changeTable(): Block {
  const kinds = Object.values(CHANGE_TABLE).map(({ what, decided, effect }) => [
    cell(what),
    cell(decided),
    effect === 'policy' ? '**policy change**' : 'shown',
  ]);
  const cases = Object.values(CASES).map(({ what, decided }) => [cell(what), cell(decided), '']);
  return {
    page: 'docs/config.md',
    name: 'changes of policy',
    command: 'node scripts/docs-config.ts',
    content: table(['a pull request that', 'what comes of it', 'counts as'], [...kinds, ...cases]),
  };
}

export function publishedSchema(): JsonSchema {
  return { ...configJsonSchema(), title: '.github/trainyard.yml', description: 'Configuration of Trainyard' };
}

function main(): void {
  writeBlock(keyTable());
  writeBlock(changeTable());
  const file = resolve(ROOT, SCHEMA_FILE);
  writeFileSync(file, `${JSON.stringify(publishedSchema(), null, 2)}\n`);
  const formatted = spawnSync('biome', ['format', '--write', file], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (formatted.status !== 0) process.exitCode = 1;
}

if (import.meta.main) main();
