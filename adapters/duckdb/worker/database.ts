import type { DuckDBConnection } from '@duckdb/node-api';
import { exactPattern } from '../../../core/data/sql/quote.ts';
import type { Answer, FindRepeats, Open, Query, ReadJson, Scalar, Settle } from '../protocol.ts';
import { MAX_REPEATS } from '../protocol.ts';
import { importApi } from './import-api.ts';
import { RepeatFinder } from './repeats.ts';

/** In UTF-16 code units, of one answer: rows are few enough to be sent, and each may hold a whole document. */
const MAX_TEXT = 64 * 1024 * 1024;

/** Hashes that are held at one time; more are looked at in several rounds. */
const HELD = 4_000_000;
/** More rounds than these would read the data too often. */
const MAX_ROUNDS = 8;
/** First bits by which hashes are divided, so that each part is small. */
const PART_BITS = 8;

const LOCK = 'SET lock_configuration = true';

/** Steps of the optimizer that decide by statistics of a file what need not be read. */
const BY_STATISTICS = 'statistics_propagation,filter_pushdown,join_filter_pushdown,row_group_pruner,top_n';

type Binding = typeof import('@duckdb/node-api');
type Fault = Extract<Answer, { kind: 'fault' }>;

/**
 * A database in memory that reads the given paths and nothing else. The order matters: what may be read is named, then
 * all other access is switched off, then the configuration is locked so that no query can switch it on again.
 */
export class Database {
  readonly version: string;
  readonly #connection: DuckDBConnection;
  readonly #binding: Binding;
  readonly #threads: number;

  private constructor(connection: DuckDBConnection, binding: Binding, threads: number) {
    this.#connection = connection;
    this.#threads = threads;
    this.#binding = binding;
    this.version = binding.version();
  }

  static async open(open: Open): Promise<Database | Fault> {
    let binding: Binding;
    try {
      binding = await importApi(open.binding);
    } catch (error) {
      return fault(null, 'not_installed', error);
    }
    try {
      const instance = await binding.DuckDBInstance.create(':memory:', {
        memory_limit: `${open.memoryMb}MiB`,
        threads: String(open.readingThreads ?? open.threads),
        temp_directory: open.temporary,
        max_temp_directory_size: `${open.temporaryMb}MiB`,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        allow_community_extensions: 'false',
        allow_unsigned_extensions: 'false',
        preserve_insertion_order: 'true',
      });
      const connection = await instance.connect();
      // A path that holds a pattern's characters is asked for by a pattern, which has to be allowed, too.
      const paths = new Set(open.paths.flatMap((path) => [path, exactPattern(path)]));
      const list = [...paths].map((path) => `'${path.replaceAll("'", "''")}'`).join(', ');
      for (const statement of [
        "SET TimeZone = 'UTC'",
        ...(open.distrustStatistics ? [`SET disabled_optimizers = '${BY_STATISTICS}'`] : []),
        `SET allowed_paths = [${list}]`,
        'SET enable_external_access = false',
        ...(open.readingThreads === null ? [LOCK] : []),
      ])
        await connection.run(statement);
      return new Database(connection, binding, open.threads);
    } catch (error) {
      return fault(null, 'query_failed', error);
    }
  }

  /** Before any SQL that is not ours: it may not change the configuration. */
  async settle({ id }: Settle): Promise<Answer> {
    try {
      await this.#connection.run(`SET threads = ${this.#threads}`);
      await this.#connection.run(LOCK);
      return { kind: 'rows', id, columns: [], rows: [] };
    } catch (error) {
      return failure(id, error);
    }
  }

  /** Runs statements; the rows are those of the last. */
  async query({ id, sql, maxRows }: Query): Promise<Answer> {
    try {
      const result = await this.#connection.stream(sql);
      const types = result.columnTypes();
      const columns = result.columnNames().map((name, index) => ({ name, type: String(types[index]) }));
      const rows: Scalar[][] = [];
      let text = 0;
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        if (rows.length + chunk.rowCount > maxRows)
          return fault(id, 'too_many_rows', new Error(`the query gives more than ${maxRows} rows`));
        for (const row of chunk.getRows()) {
          const cells = row.map(scalarOf);
          for (const cell of cells) if (typeof cell === 'string') text += cell.length;
          if (text > MAX_TEXT)
            return fault(id, 'too_many_rows', new Error(`the query gives more than ${MAX_TEXT} characters of text`));
          rows.push(cells);
        }
      }
      return { kind: 'rows', id, columns, rows };
    } catch (error) {
      return failure(id, error);
    }
  }

  /** Texts that DuckDB wrote as JSON, as they are: read and written once more they would take longer than the query. */
  async json({ id, sql }: ReadJson): Promise<string | Fault> {
    try {
      const result = await this.#connection.stream(sql);
      const rows: string[] = [];
      let text = 0;
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        for (const row of chunk.getRows()) {
          const line = `[${row.join(',')}]`;
          text += line.length;
          if (text > MAX_TEXT)
            return fault(id, 'too_many_rows', new Error(`the query gives more than ${MAX_TEXT} characters of text`));
          rows.push(line);
        }
      }
      return `{"kind":"json","id":${id},"rows":[${rows.join(',')}]}`;
    } catch (error) {
      return failure(id, error);
    }
  }

  /** The hashes among those that a query gives that occur more than once; each is there once or more. */
  async repeats({ id, sql, rows }: FindRepeats): Promise<Answer> {
    const tooMany: Answer = { kind: 'repeats', id, hashes: null };
    const rounds = Math.max(1, Math.ceil(rows / HELD));
    if (rounds > MAX_ROUNDS) return tooMany;
    const finder = new RepeatFinder();
    const found: string[] = [];
    try {
      for (let round = 0; round < rounds; round += 1) {
        for await (const hashes of this.#hashes(sql, round, rounds)) {
          const again = finder.find(hashes);
          if (again === null || found.length + again.length > MAX_REPEATS) return tooMany;
          for (const hash of again) found.push(String(hash));
        }
      }
    } catch (error) {
      return failure(id, error);
    }
    return { kind: 'repeats', id, hashes: found };
  }

  /** Equal ones in one piece. Row by row, or in pieces of two thousand, they would take longer than the query. */
  async *#hashes(sql: string, round: number, rounds: number): AsyncGenerator<Uint32Array, void, void> {
    const width = 2n ** 64n / BigInt(rounds) + 1n;
    const from = BigInt(round) * width;
    const some = rounds === 1 ? '' : ` WHERE h >= ${from}${round + 1 === rounds ? '' : ` AND h < ${from + width}`}`;
    const query = `SELECT list(h) FROM (${sql}) AS hashes(h)${some} GROUP BY h >> ${64 - PART_BITS}`;
    const result = await this.#connection.run(query);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const lists = chunk.getColumnVector(0);
      if (!(lists instanceof this.#binding.DuckDBListVector)) throw new TypeError('expected a query of one UBIGINT');
      // Not part of the public API, whose way through each item as a bigint takes ten times longer than the query.
      const items: unknown = Reflect.get(lists.childVector, 'items');
      if (!(items instanceof BigUint64Array)) throw new TypeError('expected a query of one UBIGINT');
      for (let row = 0; row < chunk.rowCount; row += 1) {
        const from = items.byteOffset + lists.getEntryOffset(row) * items.BYTES_PER_ELEMENT;
        yield new Uint32Array(items.buffer, from, lists.getEntryLength(row) * 2);
      }
    }
  }
}

/** Queries cast what is none of these to text themselves; the rest is shown as the binding writes it. */
function scalarOf(value: unknown): Scalar {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    default:
      return String(value);
  }
}

function failure(id: number, error: unknown): Fault {
  const outOfMemory =
    error instanceof Error &&
    /out of memory|failed to (pin|allocate)|could not write|max_temp_directory_size/i.test(error.message);
  return fault(id, outOfMemory ? 'out_of_memory' : 'query_failed', error);
}

function fault(id: number | null, code: Fault['code'], error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'fault', id, code, message: message.slice(0, 2000) };
}
