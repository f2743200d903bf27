import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DataEngineError, type DataEngines } from '../../../flows/check-data/ports.ts';
import { duckDbEngines } from '../engine.ts';
import { thisPlatform } from './platform.ts';
import { PUBLIC_REGISTRY, provideNative } from './provide.ts';

const DOWNLOAD_MS = 120_000;

export interface ProvidedOptions {
  /** The worker's bundle. */
  readonly worker: string;
  /** Variables of the job (see docs/data-validation.md). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where packages are kept, if the runner names no tool cache. */
  readonly home: string;
  /** Stronger than the variables; empty for none. */
  readonly preinstalled?: string;
  readonly registry?: string;
}

export interface ProvidedEngine {
  readonly engines: DataEngines;
  /** Path of the native library; null where there is none, which every use of `engines` then says. */
  readonly binding: string | null;
}

/** DuckDB for programs that npm did not install: its native library is found, or fetched. Throws nothing that a check could say. */
export async function provideEngine(options: ProvidedOptions): Promise<ProvidedEngine> {
  try {
    const binding = await provide(options);
    return { engines: duckDbEngines({ worker: options.worker, binding }), binding };
  } catch (error) {
    if (!(error instanceof DataEngineError)) throw error;
    return { engines: { open: () => Promise.reject(error) }, binding: null };
  }
}

function provide({ environment, home, preinstalled, registry }: ProvidedOptions): Promise<string> {
  const first = (...values: readonly (string | undefined)[]): string | null =>
    values.find((value) => value !== undefined && value !== '') ?? null;
  return provideNative({
    platform: thisPlatform(),
    preinstalled: first(preinstalled, environment['TRAINYARD_DUCKDB']),
    cache: first(environment['RUNNER_TOOL_CACHE']) ?? join(home, '.cache'),
    registry: {
      url: first(registry, environment['npm_config_registry'], environment['NPM_CONFIG_REGISTRY']) ?? PUBLIC_REGISTRY,
      token: first(environment['NODE_AUTH_TOKEN']),
      timeout: DOWNLOAD_MS,
      wait: (milliseconds) => wait(milliseconds),
    },
  });
}
