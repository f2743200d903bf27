import { parse } from 'csv-parse/sync';
import { readCsv } from '../core/data/csv.ts';
import { type BenchRow, report, timed } from './table.ts';

/** Reading CSV with line numbers: ours against csv-parse with its own line numbers, on the same bytes. */
const ROWS = 60_000;
const RUNS = 5;

const plain = Array.from(
  { length: ROWS },
  (_, row) => `id-${row},${row % 24},${(row * 7919) % 5000},UA,JFK,LAX,${row % 2}`,
);
const quoted = plain.map((line, row) => (row % 10 === 0 ? `${line},"a ""note"",\nover lines"` : `${line},none`));
const header = 'id,hour,distance,carrier,origin,dest,late';

function ours(bytes: Uint8Array): number {
  let count = 0;
  for (const event of readCsv([bytes])) if (event.kind === 'record') count += 1;
  return count;
}

async function measure(what: string, text: string): Promise<BenchRow> {
  const bytes = Buffer.from(text);
  const megabytes = bytes.length / 1e6;
  const expected = parse(bytes, { info: true }).length;
  if (ours(bytes) !== expected) throw new Error(`${what}: ${ours(bytes)} records, csv-parse reads ${expected}`);
  const mine = await timed(RUNS, () => ours(bytes));
  const peer = await timed(RUNS, () => parse(bytes, { info: true }));
  return {
    what,
    ours: (megabytes / mine) * 1000,
    peer: (megabytes / peer) * 1000,
    peerName: 'csv-parse',
    unit: 'MB/s',
    better: 'higher',
  };
}

report('csv', [
  await measure('plain rows', [header, ...plain, ''].join('\n')),
  await measure('quoted fields over several lines', [`${header},note`, ...quoted, ''].join('\n')),
]);
