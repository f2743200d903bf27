import type { DataContract } from '../contract-model.ts';
import { driftRuleOf } from '../diff/against-base.ts';
import type { NotCompared } from '../report/base.ts';
import type { ColumnType } from '../report/profile.ts';
import type { DriftTestName } from './drift.ts';

/** How a column's drift is tested; null takes the default of its kind. */
export interface DriftWish {
  readonly test: DriftTestName | null;
  readonly smallestEffect: number | null;
}

export type NotTested = Pick<NotCompared, 'code' | 'reason'>;

/** Whether values consist of others, so that their texts are no categories. */
export function isStructured(type: ColumnType): boolean {
  return type === 'object' || type === 'array';
}

/**
 * Whether a column is tested for drift. Identifiers count on and time goes on: of their own accord they are never as in
 * the base, so that both are tested only where the contract asks for it at the column itself. The texts of objects and lists are no
 * categories, so these are not tested at all. What is not tested takes no
 * part in the correction.
 */
export function driftWish(contract: DataContract): (column: string, type: ColumnType) => DriftWish | NotTested {
  const keys = contract.columns.filter(({ primaryKey }) => primaryKey !== null);
  const identifiers = new Set([
    ...contract.columns.filter(({ unique }) => unique).map(({ name }) => name),
    ...(keys.length === 1 ? keys.map(({ name }) => name) : []),
  ]);
  return (column, type) => {
    const { verdict, test, smallestEffect } = driftRuleOf(contract.againstBase, column);
    if (verdict === 'off') return { code: 'turned_off', reason: 'the contract turns drift off for it' };
    if (isStructured(type)) {
      const what = type === 'array' ? 'lists' : 'objects, or values of several types';
      return { code: 'structured', reason: `it holds ${what}: write what is to be compared as a column of its own` };
    }
    if (contract.againstBase.driftOf.has(column)) return { test, smallestEffect };
    if (identifiers.has(column))
      return {
        code: 'identifier',
        reason: 'each of its values is meant to occur once, so that new rows bring new ones',
      };
    if (type === 'date' || type === 'timestamp')
      return { code: 'point_in_time', reason: 'time goes on (trainyardDrift at the column has it tested)' };
    return { test, smallestEffect };
  };
}
