import type { LogBatch } from '../../../core/training/tracking.ts';

/** What the server said to one batch: taken, or why it never will be. @throws PortError where another time may be better */
export type TellBatch = (batch: LogBatch) => Promise<{ readonly refused: string | null }>;

/** Requests beyond one for each batch by which refused items are looked for. */
const MOST_SPLITS = 100;

/**
 * Tells all batches. The server refuses a batch as a whole for one name or value in it that it does not take, so a batch
 * that is refused is told in halves until only what is bad in it is left out. Where there is more of that than some,
 * what is left of a batch is left out as it is.
 *
 * @returns what was left out and why, in words
 */
export async function tellBatches(batches: readonly LogBatch[], tell: TellBatch): Promise<readonly string[]> {
  const leftOut: string[] = [];
  let splits = 0;
  const tellOne = async (batch: LogBatch): Promise<void> => {
    const { refused } = await tell(batch);
    if (refused === null) return;
    const halves = splits < MOST_SPLITS ? halvesOf(batch) : null;
    if (halves === null) {
      leftOut.push(`${named(batch)}: ${refused}`);
      return;
    }
    splits += 2;
    for (const half of halves) await tellOne(half);
  };
  for (const batch of batches) await tellOne(batch);
  return leftOut;
}

const PARTS = ['metrics', 'params', 'tags'] as const;

/** By names, since it is a name that is refused, with all of its values; null where there is one. */
function halvesOf(batch: LogBatch): readonly [LogBatch, LogBatch] | null {
  const names = PARTS.flatMap((part) => [...new Set(batch[part].map(({ key }) => key))].map((key) => `${part} ${key}`));
  if (names.length < 2) return null;
  const first = new Set(names.slice(0, names.length / 2));
  const half = (inFirst: boolean): LogBatch => ({
    metrics: batch.metrics.filter(({ key }) => first.has(`metrics ${key}`) === inFirst),
    params: batch.params.filter(({ key }) => first.has(`params ${key}`) === inFirst),
    tags: batch.tags.filter(({ key }) => first.has(`tags ${key}`) === inFirst),
  });
  return [half(true), half(false)];
}

function named({ metrics, params, tags }: LogBatch): string {
  const items = [
    ...new Set(metrics.map(({ key }) => `metric ${JSON.stringify(key)}`)),
    ...params.map(({ key }) => `parameter ${JSON.stringify(key)}`),
    ...tags.map(({ key }) => `tag ${JSON.stringify(key)}`),
  ];
  const [first = '', ...more] = items;
  return more.length === 0 ? first : `${first} and ${more.length} more`;
}
