import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OUTCOME_CODES } from '../../flows/outcome.ts';
import { withBlock } from '../../scripts/docs-block.ts';
import { outcomeTable } from '../../scripts/docs-outcomes.ts';

const ROOT = join(import.meta.dirname, '../..');

test('docs/outcomes.md lists the outcomes as the code has them', () => {
  const page = readFileSync(join(ROOT, 'docs/outcomes.md'), 'utf8');
  expect(withBlock(page, outcomeTable())).toBe(page);
});

test('every outcome is one that a flow ends in', () => {
  const sources = readdirSync(join(ROOT, 'flows'))
    .filter((name) => name.endsWith('.ts') && name !== 'outcome.ts')
    .map((name) => readFileSync(join(ROOT, 'flows', name), 'utf8'))
    .join('\n');
  const unused = Object.keys(OUTCOME_CODES).filter((code) => !sources.includes(`'${code}'`));
  expect(unused).toEqual([]);
});
