/**
 * What DuckDB may take of this machine's memory where nobody says it, in MiB. All processes of a check together then hold
 * no more than 1.1 GB; text of a thousand columns can't be read with so little.
 */
export const DATA_MEMORY = { memoryMb: 448, wideMemoryMb: 1024 } as const;
