import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tellBatches } from '../../../../adapters/trackers/mlflow/tell.ts';
import { PortError } from '../../../../flows/ports.ts';

const metric = (key: string, step = 0) => ({ key, step, value: 1, timestamp: 0 });
const text = (key: string) => ({ key, value: 'x' });
type Batch = Parameters<Parameters<typeof tellBatches>[1]>[0];
const batchOf = (part: Partial<Batch>): Batch => ({ metrics: [], params: [], tags: [], ...part });

/** A server that takes or refuses a batch as a whole, as MLflow does. */
function server(bad: ReadonlySet<string>) {
  const taken = new Set<string>();
  let requests = 0;
  const tell = async ({ metrics, params, tags }: Batch) => {
    requests += 1;
    const keys = [...metrics, ...params, ...tags].map(({ key }) => key);
    if (keys.some((key) => bad.has(key))) return { refused: 'no' };
    for (const { key, step } of metrics) taken.add(`${key} ${step}`);
    for (const { key } of [...params, ...tags]) taken.add(key);
    return { refused: null };
  };
  return { tell, taken, requests: () => requests };
}

test('what is taken is told in one request', async () => {
  const { tell, taken, requests } = server(new Set());
  expect(await tellBatches([batchOf({ params: [text('a'), text('b')] })], tell)).toEqual([]);
  expect([...taken]).toEqual(['a', 'b']);
  expect(requests()).toBe(1);
});

test('one name that is refused is left out, with all of its values, and nothing else is', async () => {
  const steps = Array.from({ length: 400 }, (_, step) => [metric('loss', step), metric('bad*', step)]).flat();
  const { tell, taken, requests } = server(new Set(['bad*']));
  expect(await tellBatches([batchOf({ metrics: steps })], tell)).toEqual(['metric "bad*": no']);
  expect(taken.size).toBe(400);
  expect(requests()).toBe(3);
});

test('a server that refuses everything is asked a bounded number of times', async () => {
  const all = Array.from({ length: 1000 }, (_, at) => metric(`m${at}`));
  const { tell, requests } = server(new Set(all.map(({ key }) => key)));
  const leftOut = await tellBatches([batchOf({ metrics: all })], tell);
  expect(leftOut.join('\n')).toMatch(/and \d+ more: no/);
  expect(requests()).toBeLessThanOrEqual(101);
});

test('a server that is away is no refusal', async () => {
  const away = () => Promise.reject(new PortError('unavailable', 'away'));
  await expect(tellBatches([batchOf({ params: [text('a')] })], away)).rejects.toThrow('away');
});

test('whichever few are bad, all others are told', async () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(names, fc.integer({ min: 0, max: 4 }), async (all, count) => {
      const bad = new Set(all.slice(0, count));
      const third = Math.ceil(all.length / 3);
      const parts = [all.slice(0, third), all.slice(third, 2 * third), all.slice(2 * third)] as const;
      const batch = {
        metrics: parts[0].map((key) => metric(key)),
        params: parts[1].map(text),
        tags: parts[2].map(text),
      };
      const { tell, taken } = server(bad);
      expect(await tellBatches([batch], tell)).toHaveLength(bad.size);
      expect(taken.size).toBe(all.length - bad.size);
    }),
  );
});
