import type { LfsServer } from '../../adapters/data-sources/options.ts';
import { type ActionEngine, openDataEngine } from './data-engine.ts';
import { workflowPlace } from './place.ts';

/** What a job may read data with, beside git. */
export interface DataAccess {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly lfs: LfsServer | null;
  readonly allowPrivate: boolean;
  /** DuckDB, which writes a table's rows out and finds those of a holdout; it is provided when it is needed. */
  readonly engine: () => Promise<ActionEngine>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The names that the stores' own tools read, and where DuckDB's extensions are. Nothing else of the job's environment goes near a store. */
const NAMES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'SNOWFLAKE_TOKEN',
  'SNOWFLAKE_TOKEN_TYPE',
  'DATABRICKS_TOKEN',
  'TRAINYARD_DUCKDB_EXTENSIONS',
  'HOME',
] as const;

/**
 * The data-read identity that the step was given by `env:`, and the repository's own server of Git LFS.
 * @param token may read the repository; empty for none
 */
export function dataAccess(environment: Environment, token: string): DataAccess {
  return {
    variables: Object.fromEntries(NAMES.map((name) => [name, environment[name]])),
    lfs: token === '' ? null : lfsServer(environment, token),
    engine: () => openDataEngine({ environment }),
    allowPrivate: environment['TRAINYARD_ALLOW_PRIVATE_ADDRESSES'] === '1',
  };
}

function lfsServer(environment: Environment, token: string): LfsServer {
  const { repository } = workflowPlace(environment);
  const server = (environment['GITHUB_SERVER_URL'] ?? 'https://github.com').replace(/\/+$/, '');
  return {
    endpoint: `${server}/${repository}.git/info/lfs`,
    authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
    // A company's own server, and the store behind it, may well be inside of its network.
    allowPrivate: server !== 'https://github.com',
  };
}
