import { declaredNames, isHeaderOf } from '../../core/data/checks/header.ts';
import { hasHeader } from '../../core/data/checks/source-sql.ts';
import { placeName } from '../../core/data/checks/table.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import type { Dataset, Loaded } from './load.ts';

/**
 * The data with its columns named as the contract names them, where it says that case does not matter. The first line of
 * a file without a header is a row, whose values no report may show: where it holds none of the contract's columns, the
 * columns are named by their places.
 */
export function namedColumns(
  { dataset: { source }, loaded }: { readonly dataset: Pick<Dataset, 'source'>; readonly loaded: Loaded },
  contract: DataContract,
): Loaded {
  const { table, columns } = loaded;
  const written = table.columns.map(({ name }) => name);
  const inFile = written.slice(0, written.length - source.partitions.length);
  if (hasHeader(source) && !isHeaderOf(contract, inFile)) {
    const places = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
      all.map((one, at) => (at < inFile.length ? { ...one, name: placeName([], at) } : one));
    return { columns: places(columns), table: { ...table, columns: places(table.columns), unnamed: true } };
  }
  const names = declaredNames(contract, written);
  return {
    columns,
    table: { ...table, columns: table.columns.map((one, at) => ({ ...one, name: names[at] ?? one.name })) },
  };
}
