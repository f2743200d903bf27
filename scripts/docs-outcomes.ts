/** Makes the table of docs/outcomes.md. Usage: node scripts/docs-outcomes.ts */
import { OUTCOME_CODES } from '../flows/outcome.ts';
import { type Block, cell, table, writeBlock } from './docs-block.ts';

export function outcomeTable(): Block {
  const rows = Object.entries(OUTCOME_CODES).map(([code, meaning]) => [`\`${code}\``, cell(meaning)]);
  return {
    page: 'docs/outcomes.md',
    name: 'outcomes',
    command: 'node scripts/docs-outcomes.ts',
    content: table(['outcome', 'means'], rows),
  };
}

if (import.meta.main) writeBlock(outcomeTable());
