import { expect, test } from 'vitest';
import { overlap, splitHoldout } from '../../../core/data/holdout.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const columns = { labels: ['late'], id: 'id' };

test('takes the labels out and keeps order, quotes and ids', () => {
  const result = splitHoldout(bytes('id,late,note\r\n2,1,"a, ""b"""\r\n1,0,\r\n'), columns);
  if (!result.ok) throw new Error(result.message);
  expect(Buffer.from(result.features).toString()).toBe('id,note\n2,"a, ""b"""\n1,\n');
  expect(result.ids).toEqual(['2', '1']);
  expect(result.columns).toEqual(['id', 'note']);
});

test.each([
  ['a label that is not there', 'id,x\n1,2\n', 'no column "late"', 1],
  ['no id column', 'x,late\n1,2\n', 'no column "id"', 1],
  ['an id twice', 'id,late\n1,0\n1,1\n', 'id "1" occurs twice', 3],
  ['an empty id', 'id,late\n,0\n', 'is empty', 2],
  ['a column twice', 'id,late,late\n1,0,1\n', 'occurs twice', 1],
  ['no rows', 'id,late\n', 'no rows', null],
  ['nothing', '', 'empty', null],
  ['a broken row', 'id,late\n1\n', 'columns', 2],
])('refuses a holdout with %s', (_, csv, message, line) => {
  expect(splitHoldout(bytes(csv), columns)).toEqual({ ok: false, message: expect.stringContaining(message), line });
});

test('refuses an id that is also a label', () => {
  expect(splitHoldout(bytes('id\n1\n'), { labels: ['id'], id: 'id' })).toMatchObject({ ok: false });
});

test('finds rows that occur exactly in both, whatever the order of columns and rows', () => {
  const holdout = bytes('id,a,b\n1,x,y\n2,x,z\n');
  const training = bytes('b,id,a\nq,9,q\nz,2,x\n');
  expect(overlap(holdout, training)).toEqual({
    ok: true,
    rows: 1,
    columns: ['a', 'b', 'id'],
    examples: [{ holdoutLine: 3, trainingLine: 3 }],
  });
});

test('compares the columns that both have', () => {
  expect(overlap(bytes('a,label\n1,0\n'), bytes('a,other\n1,7\n'))).toMatchObject({ rows: 1, columns: ['a'] });
});

test('counts every row of the holdout once', () => {
  expect(overlap(bytes('a\n1\n1\n2\n'), bytes('a\n1\n1\n1\n'))).toMatchObject({ rows: 2 });
});

test('fields cannot be shifted to look equal or different', () => {
  expect(overlap(bytes('a,b\n"x,y",z\n'), bytes('a,b\nx,"y,z"\n'))).toMatchObject({ rows: 0 });
  expect(overlap(bytes('a,b\n"x",y\n'), bytes('a,b\r\nx,"y"\r\n'))).toMatchObject({ rows: 1 });
});

test('files without a common column do not overlap', () => {
  expect(overlap(bytes('a\n1\n'), bytes('b\n1\n'))).toMatchObject({ ok: true, rows: 0, columns: [] });
});

test('says which file cannot be read', () => {
  expect(overlap(bytes('a\n1\n'), bytes('a\n"1\n'))).toMatchObject({
    ok: false,
    message: expect.stringMatching(/^training data: /),
    line: 2,
  });
});
