import { expect, test } from 'vitest';
import { EXECUTION_FAILURES } from '../../core/training/execution.ts';
import { codeIn, tableAfter } from './pages.ts';

test('the page has every reason of an engine, with what it means and whether it is tried again', () => {
  const rows = tableAfter('docs/engines.md', '## Why a run failed');
  const shown = rows.map(([name = '', text, again]) => [codeIn(name)[0], { retry: again === 'yes', text }]);
  expect(Object.fromEntries(shown)).toEqual(EXECUTION_FAILURES);
});
