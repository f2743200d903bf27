import type { WarehouseQuery } from '../../core/config/queries.ts';
import { parseReference } from '../../core/data/sources/reference.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import type { SourceContext } from './options.ts';
import { fetchQuery } from './query.ts';

type Variables = SourceContext['variables'];

const TOKENS = { snowflake: 'SNOWFLAKE_TOKEN', databricks: 'DATABRICKS_TOKEN' } as const;

/**
 * The result of a query of the default branch's policy, as JSON Lines. Policy says what is asked and where; of the job's
 * variables, the token alone is used, so that nothing else decides who gets it.
 *
 * @throws DataEngineError
 */
export async function fetchPolicyQuery(query: WarehouseQuery, context: SourceContext): Promise<DataFile> {
  const token = context.variables[TOKENS[query.at]];
  if (token === undefined || token === '')
    throw new DataEngineError(
      'not_installed',
      `a query of ${query.at} needs a token that may read: hand on the secret DATA_${TOKENS[query.at]} in the file that calls the workflow`,
    );
  const parsed = parseReference(`${query.at}:${query.query}`);
  if (!parsed.ok || (parsed.source.kind !== 'snowflake' && parsed.source.kind !== 'databricks'))
    throw new DataEngineError('unreadable', parsed.ok ? 'expected a query' : parsed.message);
  const [file] = await fetchQuery(parsed.source, { ...context, variables: variablesOf(query, token, context) });
  if (file === undefined) throw new DataEngineError('unreadable', `${query.at}: the query gave nothing`);
  return file;
}

function variablesOf(query: WarehouseQuery, token: string, { variables }: Pick<SourceContext, 'variables'>): Variables {
  switch (query.at) {
    case 'snowflake':
      return {
        SNOWFLAKE_ACCOUNT: query.account,
        SNOWFLAKE_TOKEN: token,
        SNOWFLAKE_TOKEN_TYPE: variables['SNOWFLAKE_TOKEN_TYPE'] || undefined,
        SNOWFLAKE_WAREHOUSE: query.warehouse,
        SNOWFLAKE_DATABASE: query.database,
        SNOWFLAKE_SCHEMA: query.schema,
        SNOWFLAKE_ROLE: query.role,
      };
    case 'databricks':
      return { DATABRICKS_HOST: query.host, DATABRICKS_TOKEN: token, DATABRICKS_WAREHOUSE_ID: query.warehouse };
  }
}
