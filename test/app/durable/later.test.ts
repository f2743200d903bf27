import pg from 'pg';
import { expect, test } from 'vitest';
import { Arrival } from '../../../app/durable/arrival.ts';
import { inTheQueue } from '../../../app/durable/later.ts';

const arrival = Arrival.parse({
  repository: 'flights/delay',
  installation: 1,
  event: { kind: 'comment', id: 1, pullRequest: 2, sender: 'ada' },
});

test('what can’t be told from the database is put off, and no delivery ends with it', async () => {
  const nowhere = new pg.Pool({ connectionString: 'postgresql://nobody@127.0.0.1:1/none', max: 1 });
  const { waitsBehind } = inTheQueue(nowhere, async () => {});
  expect(await waitsBehind('some', arrival)).toMatchObject({ code: 'unavailable' });
  await nowhere.end();
});
