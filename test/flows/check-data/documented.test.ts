import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { parseContract } from '../../../core/data/contract.ts';
import { customPropertyPlaces } from '../../../core/data/custom-properties.ts';
import type { RuleResult } from '../../../core/data/report/data-report.ts';
import { RULE_NAMES } from '../../../core/data/rule-names.ts';
import { CONTRACT_FILE } from '../../core/data/contract-samples.ts';
import { examplesOf, exampleText } from '../../docs/contract-examples.ts';
import { tableAfter } from '../../docs/pages.ts';
import { dataFolder } from './checking.ts';

const PAGE = 'docs/data-contract.md';
const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

test.each(examplesOf(PAGE))('what docs/data-contract.md says comes of its example at line $line', async (example) => {
  const parsed = parseContract(exampleText(example), { file: CONTRACT_FILE });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  const names = example.data.map(({ name, text }) => folder.put(name, text));
  const [data = '', ...beside] = names;
  const others = beside.map((name) => ({ name: name.replace(/\..*$/, ''), data: name }));
  const report = await folder.check(data, parsed.contract, { others });
  const said = report.rules.filter(({ status }) => status !== 'passed').map(lineOf);
  expect(said.sort()).toEqual(example.outcome.toSorted());
});

function lineOf({ rule, columns, status, severity }: RuleResult): string {
  const where = columns.length === 0 ? '' : ` ${columns.join(', ')}`;
  return `${rule}${where}: ${status}${status === 'failed' && severity === 'warn' ? ' (warning)' : ''}`;
}

test('the rules that a waiver may name are listed, and no others', () => {
  const listed = tableAfter(PAGE, 'would waive nothing:').flatMap(([, names = '']) => names.split(', '));
  expect(listed.map((name) => name.replaceAll('`', '')).sort()).toEqual([...RULE_NAMES].sort());
});

test('the table of keys names each key that is read, and where it stands', () => {
  const listed = tableAfter(PAGE, '## All keys of ours').map(([key = '', at = '']) => [key.replaceAll('`', ''), at]);
  const places = [...customPropertyPlaces()].map(([key, at]) => [key, at.join(', ').replace('rule', '`quality` item')]);
  expect(listed).toEqual(places);
});
