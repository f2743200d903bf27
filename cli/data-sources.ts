import { dataSources } from '../adapters/data-sources/sources.ts';
import type { DataFiles } from '../flows/check-data/ports.ts';
import type { CliEnvironment } from './command.ts';

/**
 * Data wherever the person at the terminal says that it is (docs/data-sources.md), read with their own rights.
 * `TRAINYARD_ALLOW_PRIVATE_ADDRESSES=1` allows HTTP to addresses that are not of the public internet.
 */
export function sourcesOf({ directory, variables }: CliEnvironment): DataFiles & { close(): Promise<void> } {
  const allowPrivate = variables['TRAINYARD_ALLOW_PRIVATE_ADDRESSES'] === '1';
  return dataSources({ directory, variables, allowPrivate, trust: { kind: 'person' } });
}
