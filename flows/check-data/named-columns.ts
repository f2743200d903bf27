import { declaredNames } from '../../core/data/checks/header.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import type { Loaded } from './load.ts';

/** The data with its columns named as the contract names them, where it says that case does not matter. */
export function namedColumns({ table, columns }: Loaded, contract: DataContract): Loaded {
  const written = table.columns.map(({ name }) => name);
  const names = declaredNames(contract, written);
  return {
    columns,
    table: { ...table, columns: table.columns.map((one, at) => ({ ...one, name: names[at] ?? one.name })) },
  };
}
