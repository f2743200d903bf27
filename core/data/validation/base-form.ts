import type { DataContract } from '../contract-model.ts';

/**
 * A contract as the base's form of it is held against the head's data: a column that it does not know only warns, else
 * no pull request could ever add one.
 */
export function baseForm(contract: DataContract): DataContract {
  const { extraColumns } = contract.settings;
  if (extraColumns === null) return contract;
  return { ...contract, settings: { ...contract.settings, extraColumns: { ...extraColumns, severity: 'warn' } } };
}
