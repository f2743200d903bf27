/** Makes the tables of docs/outcomes.md. Usage: node scripts/docs-outcomes.ts */
import { REASONS } from '../core/decision/reasons.ts';
import { OUTCOME_CODES } from '../flows/outcome.ts';
import { type Block, cell, table, writeBlock } from './docs-block.ts';

const PAGE = { page: 'docs/outcomes.md', command: 'node scripts/docs-outcomes.ts' } as const;

export function outcomeTable(): Block {
  return { ...PAGE, name: 'outcomes', content: table(['outcome', 'means'], rowsOf(OUTCOME_CODES)) };
}

export function reasonTable(): Block {
  return { ...PAGE, name: 'reasons', content: table(['reason', 'means'], rowsOf(REASONS)) };
}

function rowsOf(meanings: Readonly<Record<string, string>>): string[][] {
  return Object.entries(meanings).map(([code, meaning]) => [`\`${code}\``, cell(meaning)]);
}

if (import.meta.main) {
  writeBlock(outcomeTable());
  writeBlock(reasonTable());
}
