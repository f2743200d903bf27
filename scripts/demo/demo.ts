import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../python-environment.ts';
import { runScenario } from './scenario.ts';
import { summary } from './summary.ts';
import { createWorld, type WorldOptions } from './world.ts';

export interface Demo {
  /** What stands behind `npm run demo --`. */
  readonly arguments: readonly string[];
  readonly write: (line: string) => void;
  /** Comes when somebody ends a demo that was kept. */
  readonly interrupted: () => Promise<void>;
  /** What watches the local GitHub. */
  readonly watch?: Pick<WorldOptions, 'observe' | 'observeDelivery'>;
}

/**
 * Plays the story and says what happens.
 *
 * @returns 0 when all of it happened, 1 when something did not, 2 for arguments that it does not know
 */
export async function demo({ arguments: given, write, interrupted, watch }: Demo): Promise<0 | 1 | 2> {
  const keep = given.includes('--keep');
  const unknown = given.filter((argument) => argument !== '--keep');
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
  let happened = false;
  const world = await createWorld({ directory, ...watch });
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
      await interrupted();
    }
    happened = true;
    return 0;
  } catch (error) {
    write(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
    write(`The App's log: ${join(directory, 'app.log')}`);
    if (keep) await interrupted();
    return 1;
  } finally {
    await world.close();
    if (!keep && happened) rmSync(directory, { recursive: true, force: true });
  }
}
