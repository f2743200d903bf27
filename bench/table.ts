/** One line of a benchmark: a figure of ours, a peer or limit measured in the same run, and their ratio. */
export interface BenchRow {
  readonly what: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly unit: string;
  /** Whether a higher figure is better; the ratio says how much better than the peer we are. */
  readonly better: 'higher' | 'lower';
}

/** Prints a table of ratios, or JSON with `--json`. Machines are noisy: the ratio is the figure, the rest is context. */
export function report(name: string, rows: readonly BenchRow[]): void {
  const ratios = rows.map((row) => ({
    ...row,
    ratio: row.better === 'higher' ? row.ours / row.peer : row.peer / row.ours,
  }));
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ bench: name, rows: ratios })}\n`);
    return;
  }
  for (const { what, ours, peer, peerName, unit, ratio } of ratios)
    process.stdout.write(
      `${what.padEnd(44)} ${format(ours)} ${unit}   ${peerName} ${format(peer)} ${unit}   ${ratio.toFixed(2)} × as good, ${(ours / peer).toFixed(2)} × its figure\n`,
    );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Milliseconds of the median of several runs. */
export async function timed(runs: number, action: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    await action();
    times.push(performance.now() - started);
  }
  return median(times);
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
