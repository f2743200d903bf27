import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { z } from 'zod';

/** Opens (and creates) the state file. Durability is traded for speed: the state is a demo's, not a service's. */
export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec('pragma journal_mode = wal; pragma synchronous = off;');
  return db;
}

export interface TableOptions {
  /** The first id. Each table starts elsewhere so that an id of another kind never works by accident. */
  readonly firstId: number;
  /** Columns compared without case (GitHub's logins and repository names). */
  readonly caseless?: readonly string[];
  readonly unique?: readonly (readonly string[])[];
  readonly indexes?: readonly (readonly string[])[];
}

interface Identified {
  readonly id: number;
}

const quote = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(', ');

function encode(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value);
}

/** Whether a column holds its value as it is; seen through optional and nullable wrappers. All others hold JSON. */
function isPlain(schema: z.core.$ZodType): boolean {
  const def: { type: string; innerType?: z.core.$ZodType } = schema._zod.def;
  if (def.innerType !== undefined) return isPlain(def.innerType);
  return ['string', 'number', 'enum', 'literal'].includes(def.type);
}

function createTable(db: DatabaseSync, name: string, columns: readonly string[], options: TableOptions): void {
  const declared = columns.map(
    (column) => `"${column}"${options.caseless?.includes(column) ? ' text collate nocase' : ''}`,
  );
  db.exec(`create table if not exists "${name}" ("id" integer primary key autoincrement, ${declared.join(', ')})`);
  for (const unique of options.unique ?? []) {
    db.exec(`create unique index if not exists "${name}_${unique.join('_')}" on "${name}" (${quote(unique)})`);
  }
  for (const index of options.indexes ?? []) {
    db.exec(`create index if not exists "${name}_${index.join('_')}" on "${name}" (${quote(index)})`);
  }
  const known = db.prepare('select 1 from sqlite_sequence where name = ?').get(name);
  if (known === undefined)
    db.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(name, options.firstId - 1);
}

/**
 * A SQLite table whose rows are validated objects of the schema: numbers and strings are columns, all else is JSON in a
 * column. Reading and writing are synchronous.
 */
export class Table<Row extends Identified> {
  readonly #db: DatabaseSync;
  readonly #name: string;
  readonly #columns: readonly string[];
  readonly #json: ReadonlySet<string>;
  readonly #parse: (raw: unknown) => Row;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, name: string, fields: Record<string, z.core.$ZodType>, parse: (raw: unknown) => Row) {
    this.#db = db;
    this.#name = name;
    this.#columns = Object.keys(fields).filter((column) => column !== 'id');
    this.#json = new Set(Object.keys(fields).filter((key) => fields[key] !== undefined && !isPlain(fields[key])));
    this.#parse = parse;
  }

  get(id: number): Row | undefined {
    const raw = this.#prepare(`select * from "${this.#name}" where "id" = ?`).get(id);
    return raw === undefined ? undefined : this.#decode(raw);
  }

  /** The first row (lowest id) whose columns equal `where`. */
  find(where: Partial<Row>): Row | undefined {
    return this.#select(where, ' order by "id" limit 1')[0];
  }

  /** All such rows, in order of id. */
  list(where: Partial<Row> = {}): Row[] {
    return this.#select(where, ' order by "id"');
  }

  count(where: Partial<Row> = {}): number {
    const { clause, values } = this.#where(where);
    const row = this.#prepare(`select count(*) as "count" from "${this.#name}"${clause}`).get(...values);
    return Number(row?.['count'] ?? 0);
  }

  /** Adds a row; its id is the next one unless given. @throws Error if a unique column is taken. */
  insert(row: Omit<Row, 'id'> & { readonly id?: number }): Row {
    const keys = row.id === undefined ? this.#columns : ['id', ...this.#columns];
    const values = keys.map((key) => encode(Reflect.get(row, key)));
    const sql = `insert into "${this.#name}" (${quote(keys)}) values (${keys.map(() => '?').join(', ')})`;
    return this.#present(Number(this.#prepare(sql).run(...values).lastInsertRowid));
  }

  /** @throws Error if there is no such row. */
  update(id: number, patch: Partial<Omit<Row, 'id'>>): Row {
    const keys = Object.keys(patch);
    if (keys.length > 0) {
      const values = keys.map((key) => encode(Reflect.get(patch, key)));
      const assignments = keys.map((key) => `"${key}" = ?`).join(', ');
      this.#prepare(`update "${this.#name}" set ${assignments} where "id" = ?`).run(...values, id);
    }
    return this.#present(id);
  }

  delete(id: number): void {
    this.#prepare(`delete from "${this.#name}" where "id" = ?`).run(id);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #decode(raw: Record<string, unknown>): Row {
    const row: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(raw)) {
      row[key] = this.#json.has(key) && typeof value === 'string' ? JSON.parse(value) : value;
    }
    return this.#parse(row);
  }

  #where(where: Partial<Row>): { clause: string; values: SQLInputValue[] } {
    const keys = Object.keys(where);
    if (keys.length === 0) return { clause: '', values: [] };
    return {
      clause: ` where ${keys.map((key) => `"${key}" is ?`).join(' and ')}`,
      values: keys.map((key) => encode(Reflect.get(where, key))),
    };
  }

  #select(where: Partial<Row>, tail: string): Row[] {
    const { clause, values } = this.#where(where);
    return this.#prepare(`select * from "${this.#name}"${clause}${tail}`)
      .all(...values)
      .map((raw) => this.#decode(raw));
  }

  #present(id: number): Row {
    const row = this.get(id);
    if (row === undefined) throw new Error(`expected a row ${id} in table ${this.#name}, found none`);
    return row;
  }
}

/** Opens the table `name`, creating it if it is missing, with one column for each field of `schema` (which has `id`). */
export function openTable<Row extends Identified, Shape extends z.ZodRawShape>(
  db: DatabaseSync,
  name: string,
  schema: z.ZodObject<Shape> & z.ZodType<Row>,
  options: TableOptions,
): Table<Row> {
  const columns = Object.keys(schema.shape).filter((column) => column !== 'id');
  createTable(db, name, columns, options);
  return new Table<Row>(db, name, schema.shape, (raw) => schema.parse(raw));
}
