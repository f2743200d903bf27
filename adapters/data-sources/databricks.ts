import { z } from 'zod';
import type { ResultColumn, ResultRow } from '../../core/data/sources/result-rows.ts';
import { DataEngineError } from '../../flows/check-data/ports.ts';
import { callJson, type JsonAnswer } from './http-client.ts';
import type { SourceContext } from './options.ts';
import { needed, poll, type QueryResult, type Warehouse, without } from './warehouse.ts';

const NEEDED = 'DATABRICKS_HOST, DATABRICKS_TOKEN, and DATABRICKS_WAREHOUSE_ID or DATABRICKS_HTTP_PATH';

/** Of one result, as in Snowflake. */
const MAX_PARTS = 100_000;

const Link = z.looseObject({ external_link: z.url().max(16_384), next_chunk_index: z.int().min(0).nullish() });
const Chunk = z.looseObject({ external_links: z.array(Link).max(1000).optional() });
const Statement = z.looseObject({
  statement_id: z.string().regex(/^[\w-]{1,100}$/),
  status: z.looseObject({
    state: z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'CLOSED']),
    error: z.looseObject({ message: z.string().optional() }).optional(),
  }),
  manifest: z
    .looseObject({
      schema: z.looseObject({
        columns: z.array(z.looseObject({ name: z.string(), type_name: z.string().optional() })).max(5000),
      }),
      truncated: z.boolean().optional(),
      total_row_count: z.int().min(0).optional(),
    })
    .optional(),
  result: Chunk.optional(),
});
type Statement = z.infer<typeof Statement>;
const Rows = z.array(z.array(z.string().nullable()));

/** The SQL Statement Execution API of Databricks: no driver is needed. Results come as links, which get no token. */
export const databricks: Warehouse = async (query, context) => {
  const host = originOf(needed(context, 'DATABRICKS_HOST', NEEDED));
  const token = needed(context, 'DATABRICKS_TOKEN', NEEDED);
  const path = context.variables['DATABRICKS_HTTP_PATH'] ?? '';
  const warehouse = /\/warehouses\/([\w-]+)$/.exec(path)?.[1] ?? needed(context, 'DATABRICKS_WAREHOUSE_ID', NEEDED);
  const call = (at: string, body?: object): Promise<JsonAnswer> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const request = { url: `${host}/api/2.0/sql/statements${at}`, headers };
    const full = body === undefined ? request : { ...request, method: 'POST' as const, body: JSON.stringify(body) };
    return without(token, callJson(full, limitsOf(context)));
  };
  const started = read(
    await call('', {
      warehouse_id: warehouse,
      statement: query,
      format: 'JSON_ARRAY',
      disposition: 'EXTERNAL_LINKS',
      wait_timeout: '30s',
      on_wait_timeout: 'CONTINUE',
    }),
  );
  const id = started.statement_id;
  let latest: Statement | null = started;
  const done = await poll(
    async () => {
      const now: Statement = latest ?? read(await call(`/${id}`));
      latest = null;
      return now.status.state === 'PENDING' || now.status.state === 'RUNNING' ? null : now;
    },
    'Databricks',
    context.bounds.seconds,
  ).catch(async (error: unknown) => {
    // Nobody comes for the result any more, and it would go on costing.
    await call(`/${id}/cancel`, {}).catch(() => undefined);
    throw error;
  });
  return resultOf(done, async (index) => chunkOf(await call(`/${id}/result/chunks/${index}`)), context);
};

function resultOf(
  done: Statement,
  chunk: (index: number) => Promise<z.infer<typeof Chunk>>,
  context: SourceContext,
): QueryResult {
  const { statement_id: id, status, manifest, result } = done;
  if (status.state !== 'SUCCEEDED' || manifest === undefined)
    throw new DataEngineError(
      'unreadable',
      `Databricks: the query ${status.state.toLowerCase()}: ${said(status.error?.message)}`,
    );
  if (manifest.truncated === true)
    throw new DataEngineError('unreadable', 'Databricks: the result was cut there: ask for fewer rows');
  const columns = manifest.schema.columns.map(({ name, type_name: type = 'STRING' }) => ({ name, kind: kindOf(type) }));
  return {
    id,
    columns,
    rows: manifest.total_row_count ?? null,
    async *parts(): AsyncGenerator<readonly ResultRow[], void, void> {
      let links = result?.external_links ?? [];
      let last = 0;
      while (links.length > 0) {
        let next: number | null = null;
        for (const { external_link: url, next_chunk_index: following } of links) {
          const { status: code, body } = await callJson({ url }, limitsOf(context));
          const rows = Rows.safeParse(body);
          if (code !== 200 || !rows.success)
            throw new DataEngineError('unreadable', `Databricks: a part of the result can’t be read (status ${code})`);
          yield rows.data;
          next = following ?? null;
        }
        if (next === null) return;
        links = (await chunk(next)).external_links ?? [];
        // Parts that lead back to one another would be read for ever, and one that is named and not there is missing rows.
        if (next <= last || next > MAX_PARTS || links.length === 0)
          throw new DataEngineError('unreadable', `Databricks: part ${next} of the result is not where it should be`);
        last = next;
      }
    },
  };
}

function kindOf(type: string): ResultColumn['kind'] {
  if (/^(?:BYTE|SHORT|INT|LONG|FLOAT|DOUBLE|DECIMAL)$/.test(type)) return 'number';
  if (type === 'BOOLEAN') return 'boolean';
  return /^(?:ARRAY|STRUCT|MAP|VARIANT)$/.test(type) ? 'json' : 'text';
}

function read({ status, body }: JsonAnswer): Statement {
  const parsed = Statement.safeParse(body);
  if (status === 200 && parsed.success) return parsed.data;
  const message = z.looseObject({ message: z.string() }).safeParse(body);
  throw new DataEngineError('unreadable', `Databricks: status ${status}: ${said(message.data?.message)}`);
}

function chunkOf({ status, body }: JsonAnswer): z.infer<typeof Chunk> {
  const parsed = Chunk.safeParse(body);
  if (status === 200 && parsed.success) return parsed.data;
  throw new DataEngineError('unreadable', `Databricks: a part of the result can’t be read (status ${status})`);
}

function said(message: string | undefined): string {
  return (message ?? 'no reason was given').slice(0, 500).toWellFormed();
}

function originOf(host: string): string {
  const address = /^https?:\/\//.test(host) ? host : `https://${host}`;
  if (!URL.canParse(address)) throw new DataEngineError('unreadable', 'DATABRICKS_HOST is no address');
  return new URL(address).origin;
}

function limitsOf({ bounds, allowPrivate }: SourceContext): { seconds: number; allowPrivate: boolean } {
  return { seconds: bounds.seconds, allowPrivate };
}
