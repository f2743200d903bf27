import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { renderedEvery } from '../app/ingest/progress.ts';
import { type BenchRow, median, report } from './table.ts';
import { live } from './train-live.ts';

/**
 * What the training action adds to a command: time from start to end against bash alone, for a command of nothing and
 * one of 20 s that writes metrics; what it holds in memory under floods of log and of metrics; and how long a metric
 * is under way to the App.
 */
const Result = z.object({ reason: z.literal('succeeded'), seconds: z.number(), rss: z.number(), cpu: z.number() });
const RUNS = 5;
const SAVE = 'echo 1 >"$TRAINYARD_OUTPUT/model"';
const POINT = '{"step":%d,"metric":"loss","value":0.5}\\n';

const directory = mkdtempSync(join(tmpdir(), 'bench-train-'));
const run = (argv: readonly string[], environment: Record<string, string>): Promise<number> => {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const [program = '', ...args] = argv;
    const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.resume();
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve((performance.now() - started) / 1000);
      else reject(new Error(`${program} ended with ${code}`));
    });
  });
};

const alone = { PATH: process.env['PATH'] ?? '', TRAINYARD_OUTPUT: directory, TRAINYARD_METRICS: join(directory, 'm') };
const direct = (command: string): Promise<number> => run(['bash', '-e', '-o', 'pipefail', '-c', command], alone);
async function trained(command: string): Promise<z.infer<typeof Result> & { readonly wall: number }> {
  const result = join(directory, 'result.json');
  const wall = await run([process.execPath, join(import.meta.dirname, 'train-alone.ts'), result, command], alone);
  return { ...Result.parse(JSON.parse(readFileSync(result, 'utf8'))), wall };
}

async function added(command: string, runs: number): Promise<{ readonly seconds: number; readonly cpu: number }> {
  const differences: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round < runs; round += 1) {
    const bare = await direct(command);
    const { wall, cpu } = await trained(command);
    differences.push(wall - bare);
    cpus.push(cpu);
  }
  return { seconds: median(differences), cpu: median(cpus) };
}

const nothing = await added(SAVE, RUNS);
const LONG = 20;
const busy = `for s in $(seq ${LONG}); do printf '${POINT}' "$s" >>"$TRAINYARD_METRICS"; echo "epoch $s"; sleep 1; done; ${SAVE}`;
const long = await added(busy, 1);
const log = await trained(`head -c 1000000000 <(yes 'epoch 1: loss 0.5, accuracy 0.71'); ${SAVE}`);
const metrics = await trained(
  `seq 10000000 | awk '{printf "{\\"step\\":%d,\\"metric\\":\\"loss\\",\\"value\\":0.5}\\n", $1}' >>"$TRAINYARD_METRICS"; ${SAVE}`,
);
const shown = await live(directory, 10);
rmSync(directory, { recursive: true, force: true });

const second = { peerName: 'limit', peer: 2, unit: 's', better: 'lower' } as const;
const memory = { peerName: 'limit', peer: 300, unit: 'MB', better: 'lower' } as const;
const perSecond = Math.max(0, long.cpu - nothing.cpu) / LONG;
const rows: BenchRow[] = [
  { ...second, what: 'added to a command of nothing', ours: nothing.seconds },
  { ...second, what: 'of it, CPU', ours: nothing.cpu },
  { ...second, what: `added to a command of ${LONG} s with metrics`, ours: long.seconds },
  {
    what: 'CPU while it runs, of one core',
    ours: 100 * perSecond,
    peerName: 'limit',
    peer: 1,
    unit: '%',
    better: 'lower',
  },
  { ...memory, what: 'memory at most, log of 1 GB', ours: log.rss / 1e6 },
  { ...memory, what: 'memory at most, 10,000,000 lines of metrics', ours: metrics.rss / 1e6 },
  {
    ...second,
    what: `a metric until the App shows it, of ${shown.metrics} at most`,
    ours: shown.longest + renderedEvery(1) / 1000,
    peer: 5,
  },
  { ...second, what: 'requests for them', ours: shown.requests, peer: shown.metrics, peerName: 'metrics', unit: '' },
];
report('train', rows);
