import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { parseContract } from '../../../core/data/contract.ts';
import { CONTRACT_FILE } from '../../core/data/contract-samples.ts';
import { fencesOf } from '../../docs/pages.ts';
import { dataFolder } from './checking.ts';

const { check, put, directory } = dataFolder();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const PAGE = 'docs/data-base.md';

function fence(language: string, mark: string): string {
  const found = fencesOf(PAGE).filter((one) => one.language === language && one.mark === mark);
  expect(found).toHaveLength(1);
  return found[0]?.text ?? '';
}

test('what the page on the base says of its example is what comes of it', async () => {
  const text = `apiVersion: v3.1.0\nkind: DataContract\nid: example\nversion: 1.0.0\nstatus: active\n${fence('yaml', 'contract')}`;
  const parsed = parseContract(text, { file: CONTRACT_FILE });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  for (const name of ['base.csv', 'head.csv']) put(name, fence('csv', name));
  const { rules, base } = await check('head.csv', parsed.contract, { base: 'base.csv' });
  const diff = base?.diff;
  if (diff == null) throw new Error('expected a comparison of rows');
  const compared = ['drift', 'schema_change'];
  const outcome = [
    ...rules
      .filter(({ status, severity }) => status !== 'passed' && severity === 'fail')
      .map(({ rule, columns, status, found }) => {
        return `${rule} ${columns.join(', ')}: ${status}${compared.includes(rule) ? `: ${found}` : ''}`;
      }),
    `rows by ${diff.key.join(', ')}: ${diff.added} added, ${diff.removed} removed, ${diff.changed} changed, ${diff.unchanged} unchanged`,
    `left out: ${diff.leftOut.repeatedKey.head} here, ${diff.leftOut.repeatedKey.base} in the base`,
    ...diff.examples.map(({ kind, key, line, baseLine, cells }) => {
      const at = `${kind} ${key.join(', ')}, line ${line}${baseLine === null ? '' : ` (base ${baseLine})`}`;
      return [at, ...cells.map((cell) => `${cell.column} ${cell.base} to ${cell.head}`)].join(': ');
    }),
  ];
  expect(outcome).toEqual(fence('text', 'outcome').trimEnd().split('\n'));
});
