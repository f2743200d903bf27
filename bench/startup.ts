import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BenchRow, report, timed } from './table.ts';

/**
 * Cold start of each bundled action, against Node.js that does nothing. Each is started without inputs, so it loads
 * all of its code, reads its inputs, and ends with its error: what a job waits for before any work is done.
 */
const DIST = resolve(import.meta.dirname, '../actions/dist');
const RUNS = 7;

const directory = mkdtempSync(join(tmpdir(), 'bench-startup-'));
const start = (args: readonly string[]): void => {
  try {
    execFileSync(process.execPath, args, {
      env: { HOME: directory, RUNNER_TEMP: directory, GITHUB_WORKSPACE: directory },
      stdio: 'ignore',
    });
  } catch {
    // Without inputs every action refuses; only how long that takes is of interest.
  }
};

const bare = await timed(RUNS, () => start(['-e', '0']));
const rows: BenchRow[] = [];
for (const file of readdirSync(DIST).filter((name) => name.endsWith('.mjs') && !name.startsWith('chunk-'))) {
  const ours = await timed(RUNS, () => start([join(DIST, file)]));
  rows.push({ what: file, ours, peer: bare, peerName: 'bare node', unit: 'ms', better: 'lower' });
}
rmSync(directory, { recursive: true, force: true });
report('startup', rows);
