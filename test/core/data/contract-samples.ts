import { parseContract } from '../../../core/data/contract.ts';
import type { DataContract } from '../../../core/data/contract-model.ts';
import { RepoPath } from '../../../core/names.ts';

export const CONTRACT_FILE = RepoPath.parse('models/flights.odcs.yaml');
export const DATA_FILE = RepoPath.parse('data/flights.csv');

/** A contract around the given columns and table rules, each indented from the left margin. */
export function contractText(columns: string, quality = ''): string {
  const indent = (text: string, by: number): string =>
    text
      .trim()
      .split('\n')
      .map((line) => ' '.repeat(by) + line)
      .join('\n');
  return [
    'apiVersion: v3.1.0',
    'kind: DataContract',
    'id: flights',
    'version: 1.0.0',
    'status: active',
    'schema:',
    '  - name: flights',
    '    properties:',
    indent(columns, 6),
    ...(quality === '' ? [] : ['    quality:', indent(quality, 6)]),
    '',
  ].join('\n');
}

export function contract(columns: string, quality = ''): DataContract {
  const result = parseContract(contractText(columns, quality), { file: CONTRACT_FILE });
  if (!result.ok) throw new Error(result.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return result.contract;
}
