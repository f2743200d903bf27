import { ROUGH, simulate } from './runner-simulation/simulate.ts';

/**
 * How long jobs wait for a runner of their own, over simulated days with lost webhooks, failing calls, crashes and
 * reclaimed machines: `npm run bench:runners [jobs] [seed]`. The clock is virtual; only CPU time is real.
 */
const [jobs = 10_000, seed = 1] = process.argv.slice(2).map(Number);
const cpu = process.cpuUsage();
const result = await simulate({ ...ROUGH, jobs, seed });
const { user, system } = process.cpuUsage(cpu);

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;
const spread = (sorted: readonly number[]): string =>
  [0.5, 0.9, 0.99, 0.999, 1].map((share) => `p${share * 100} ${seconds(at(sorted, share))}`).join(', ');

const lines = [
  `${result.jobs} jobs in ${Math.round(result.hours)} virtual hours, seed ${seed}; ${result.settles} looks, ${((user + system) / 1e6).toFixed(1)} s of CPU`,
  `machines made ${result.machines}, reclaimed ${result.reclaimed}, never came ${result.neverCame}; runners that another's job took by their label ${result.stolen}`,
  `queued to started: ${spread(result.waits)}`,
  `job's end to machine's end: ${spread(result.idles)}`,
  `left: ${result.leftMachines} machines, ${result.leftRunners} registrations, ${result.unserved} jobs without a runner`,
  `against the rules: ${result.violations.thefts.length} thefts, ${result.violations.reaped.length} reaped while busy`,
];
process.stdout.write(`${lines.join('\n')}\n`);
if (result.leftMachines + result.leftRunners + result.unserved > 0) process.exitCode = 1;
if (result.violations.thefts.length + result.violations.reaped.length > 0) process.exitCode = 1;
