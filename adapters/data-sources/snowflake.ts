import { z } from 'zod';
import { type ResultColumn, type ResultRow, snowflakeTime } from '../../core/data/sources/result-rows.ts';
import { DataEngineError } from '../../flows/check-data/ports.ts';
import { callJson, type JsonAnswer } from './http-client.ts';
import type { SourceContext } from './options.ts';
import { needed, poll, type Warehouse, without } from './warehouse.ts';

const NEEDED =
  'SNOWFLAKE_ACCOUNT and SNOWFLAKE_TOKEN (a programmatic access token, or with SNOWFLAKE_TOKEN_TYPE=OAUTH one of OAuth), and mostly SNOWFLAKE_WAREHOUSE, SNOWFLAKE_DATABASE and SNOWFLAKE_SCHEMA';

const Rows = z.array(z.array(z.string().nullable()));
const Column = z.looseObject({ name: z.string(), type: z.string() });
const Result = z.looseObject({
  statementHandle: z.string().regex(/^[\w-]{1,100}$/),
  resultSetMetaData: z.looseObject({
    rowType: z.array(Column).max(5000),
    numRows: z.int().min(0).optional(),
    partitionInfo: z.array(z.looseObject({})).max(100_000).optional(),
  }),
  data: Rows,
});
const Accepted = z.looseObject({ statementHandle: z.string().regex(/^[\w-]{1,100}$/) });
const Refused = z.looseObject({ message: z.string() });

/** The SQL API of Snowflake: no driver is needed. */
export const snowflake: Warehouse = async (query, context) => {
  const call = caller(context);
  const body = {
    statement: query,
    timeout: context.bounds.seconds,
    ...named(context, 'warehouse', 'SNOWFLAKE_WAREHOUSE'),
    ...named(context, 'database', 'SNOWFLAKE_DATABASE'),
    ...named(context, 'schema', 'SNOWFLAKE_SCHEMA'),
    ...named(context, 'role', 'SNOWFLAKE_ROLE'),
  };
  let latest: JsonAnswer | null = await call('', body);
  let handle = '';
  const done = await poll(
    async () => {
      const now: JsonAnswer = latest ?? (await call(`/${handle}`));
      latest = null;
      const accepted = Accepted.safeParse(now.body);
      if (now.status !== 202 || !accepted.success) return now;
      handle = accepted.data.statementHandle;
      return null;
    },
    'Snowflake',
    context.bounds.seconds,
  );
  const parsed = Result.safeParse(done.body);
  if (done.status !== 200 || !parsed.success) throw refused(done);
  const { statementHandle: id, resultSetMetaData: meta, data } = parsed.data;
  const columns = meta.rowType.map(({ name, type }) => ({ name, kind: kindOf(type) }));
  return {
    id,
    columns,
    rows: meta.numRows ?? null,
    async *parts(): AsyncGenerator<readonly ResultRow[], void, void> {
      yield data.map((row) => shown(columns, row));
      for (let part = 1; part < (meta.partitionInfo?.length ?? 1); part += 1) {
        const more = await call(`/${id}?partition=${part}`);
        const rows = z.looseObject({ data: Rows }).safeParse(more.body);
        if (more.status !== 200 || !rows.success) throw refused(more);
        yield rows.data.data.map((row) => shown(columns, row));
      }
    },
  };
};

function caller(context: SourceContext): (at: string, body?: object) => Promise<JsonAnswer> {
  const account = needed(context, 'SNOWFLAKE_ACCOUNT', NEEDED);
  const token = needed(context, 'SNOWFLAKE_TOKEN', NEEDED);
  const host =
    context.variables['SNOWFLAKE_HOST'] ?? `${account.toLowerCase().replaceAll('_', '-')}.snowflakecomputing.com`;
  const origin = /^https?:\/\//.test(host) ? host : `https://${host}`;
  if (!URL.canParse(origin)) throw new DataEngineError('unreadable', 'SNOWFLAKE_ACCOUNT is none');
  const headers = {
    authorization: `Bearer ${token}`,
    'x-snowflake-authorization-token-type': context.variables['SNOWFLAKE_TOKEN_TYPE'] ?? 'PROGRAMMATIC_ACCESS_TOKEN',
    'content-type': 'application/json',
    accept: 'application/json',
  };
  return (at, body) => {
    const request = { url: `${new URL(origin).origin}/api/v2/statements${at}`, headers };
    const full = body === undefined ? request : { ...request, method: 'POST' as const, body: JSON.stringify(body) };
    const limits = { seconds: context.bounds.seconds, allowPrivate: context.allowPrivate };
    return without(token, callJson(full, limits));
  };
}

function named(context: SourceContext, key: string, variable: string): Record<string, string> {
  const value = context.variables[variable];
  return value === undefined || value === '' ? {} : { [key]: value };
}

function kindOf(type: string): ResultColumn['kind'] {
  const name = type.toLowerCase();
  if (name === 'fixed' || name === 'real' || name === 'decfloat') return 'number';
  if (name === 'boolean' || name === 'date' || name === 'time') return name;
  if (name.startsWith('timestamp')) return 'timestamp';
  return /^(?:variant|object|array|map|vector)$/.test(name) ? 'json' : 'text';
}

function shown(columns: readonly ResultColumn[], row: ResultRow): ResultRow {
  return row.map((value, at) => {
    const kind = columns[at]?.kind ?? 'text';
    return value !== null && (kind === 'date' || kind === 'time' || kind === 'timestamp')
      ? snowflakeTime(kind, value)
      : value;
  });
}

function refused({ status, body }: JsonAnswer): DataEngineError {
  const message = Refused.safeParse(body).data?.message ?? 'an answer that can’t be read';
  return new DataEngineError('unreadable', `Snowflake: status ${status}: ${message.slice(0, 500).toWellFormed()}`);
}
