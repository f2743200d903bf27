import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openTable, type Table } from '../../local/database.ts';

const Row = z.object({
  id: z.number(),
  name: z.string(),
  count: z.number().nullable(),
  flag: z.boolean(),
  list: z.array(z.string()),
  kind: z.enum(['a', 'b']).nullable(),
});
type Row = z.infer<typeof Row>;

let db: DatabaseSync;
let table: Table<Row>;
const open = (): Table<Row> =>
  openTable(db, 'rows', Row, { firstId: 101, caseless: ['name'], unique: [['name']], indexes: [['kind']] });
const row = { name: 'one', count: null, flag: true, list: ['x', '"'], kind: null };

beforeEach(() => {
  db = new DatabaseSync(':memory:');
  table = open();
});

describe('a table', () => {
  test('gives back what was put in, under ids that start where told', () => {
    const inserted = table.insert(row);
    expect(inserted).toEqual({ ...row, id: 101 });
    expect(table.get(101)).toEqual(inserted);
  });

  test('finds by values, nulls and booleans, and by names without case', () => {
    table.insert(row);
    table.insert({ ...row, name: 'two', count: 2, flag: false, kind: 'b' });
    expect(table.list({ count: null }).map((one) => one.name)).toEqual(['one']);
    expect(table.list({ flag: false, kind: 'b' }).map((one) => one.name)).toEqual(['two']);
    expect(table.find({ name: 'TWO' })?.count).toBe(2);
    expect(table.count()).toBe(2);
  });

  test('changes only the named columns', () => {
    const { id } = table.insert(row);
    expect(table.update(id, { list: [], kind: 'a' })).toEqual({ ...row, id, list: [], kind: 'a' });
  });

  test('refuses a second row under a unique name', () => {
    table.insert(row);
    expect(() => table.insert({ ...row, name: 'ONE' })).toThrow(/UNIQUE/);
  });

  test('never gives an id twice, also after the newest row was deleted and the table opened again', () => {
    table.delete(table.insert(row).id);
    expect(open().insert(row).id).toBe(102);
  });

  test('says which row of which table is missing', () => {
    expect(() => table.update(7, { count: 1 })).toThrow('expected a row 7 in table rows, found none');
  });

  test('refuses to hand out a row that is not of its schema', () => {
    const { id } = table.insert(row);
    db.prepare('update rows set kind = ? where id = ?').run('z', id);
    expect(() => table.get(id)).toThrow();
  });
});
