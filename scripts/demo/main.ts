import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../python-environment.ts';
import { runScenario } from './scenario.ts';
import { summary } from './summary.ts';
import { createWorld } from './world.ts';

const keep = process.argv.includes('--keep');
const unknown = process.argv.slice(2).filter((argument) => argument !== '--keep');
const write = (line: string): void => void process.stdout.write(`${line}\n`);

async function untilInterrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

async function main(): Promise<number> {
  if (unknown.length > 0) {
    write(`unknown argument ${unknown.join(' ')}; the demo knows --keep`);
    return 2;
  }
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, 'demo-'));
  // Started as root, PostgreSQL runs as another user, who must be able to pass through.
  chmodSync(directory, 0o711);
  const started = performance.now();
  write('Trainyard demo: a GitHub, the App and their jobs on this machine. The jobs run as you.');
  const world = await createWorld({ directory });
  try {
    write(`The pull requests: ${world.github.urls.server}/acme/flights/pulls\n`);
    await runScenario(world, {
      begin: (number, title) => write(`${String(number).padStart(2)}. ${title}`),
      say: (line) => write(`      ${line}`),
      end: (seconds) => write(`    ✓ ${seconds.toFixed(1)} s`),
    });
    write('\nWhat the local GitHub holds now:');
    for (const line of await summary(world)) write(`  ${line}`);
    write(`\nAll of it happened, in ${Math.round((performance.now() - started) / 1000)} s.`);
    if (keep) {
      write(
        `\nStill running: ${world.github.urls.server}/acme/flights/pulls\nSign in as ada and comment /train on an open pull request. Ctrl+C ends it.`,
      );
      await untilInterrupted();
    }
    return 0;
  } catch (error) {
    write(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
    write(`The App's log: ${join(directory, 'app.log')}`);
    if (keep) await untilInterrupted();
    return 1;
  } finally {
    await world.close();
    if (!keep && process.exitCode === 0) rmSync(directory, { recursive: true, force: true });
  }
}

process.exitCode = await main();
