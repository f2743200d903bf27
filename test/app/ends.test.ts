import { expect, test } from 'vitest';
import { openEnds } from '../../app/ends.ts';

const quiet = { info() {}, error() {} };

test('what was begun ends in the reverse order, also behind something that can’t be ended', async () => {
  const told: string[] = [];
  const log = { ...quiet, error: (_message: string, fields = {}) => told.push(JSON.stringify(fields)) };
  const ends = openEnds(log);
  ends.add(() => told.push('first'));
  ends.add(async () => Promise.reject(new Error('stuck')));
  ends.add(() => told.push('last'));
  await expect(ends.all()).rejects.toThrow('stuck');
  expect(told).toEqual(['last', '{"error":"Error: stuck"}', 'first']);
  await ends.all();
});
