import { parseContract } from '../../../core/data/contract.ts';
import type { DataContract } from '../../../core/data/contract-model.ts';
import { RepoPath } from '../../../core/names.ts';

export const CONTRACT_FILE = RepoPath.parse('models/flights.odcs.yaml');
export const DATA_FILE = RepoPath.parse('data/flights.csv');

/** Parts of a contract besides columns, each indented from the left margin. */
export interface ContractParts {
  readonly quality?: string;
  /** `customProperties` of the table. */
  readonly custom?: string;
  readonly relationships?: string;
  readonly sla?: string;
}

/** A contract around the given columns and table rules, each indented from the left margin. */
export function contractText(columns: string, parts: string | ContractParts = ''): string {
  const {
    quality = '',
    custom = '',
    relationships = '',
    sla = '',
  } = typeof parts === 'string' ? { quality: parts } : parts;
  const listed = (key: string, text: string): string[] => (text === '' ? [] : [`    ${key}:`, indent(text, 6)]);
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
    ...listed('quality', quality),
    ...listed('customProperties', custom),
    ...listed('relationships', relationships),
    ...(sla === '' ? [] : ['slaProperties:', indent(sla, 2)]),
    '',
  ].join('\n');
}

export function contract(columns: string, parts: string | ContractParts = ''): DataContract {
  const result = parseContract(contractText(columns, parts), { file: CONTRACT_FILE });
  if (!result.ok) throw new Error(result.problems.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return result.contract;
}
