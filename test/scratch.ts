import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for what outlives a test file; it goes when all tests have run. */
    scratch: string;
  }
}

/** Gives the tests a folder, and takes it away when the processes that used it are gone. */
export default function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-tests-'));
  chmodSync(folder, 0o711);
  project.provide('scratch', folder);
  return async () => {
    const servers = () =>
      readdirSync(folder).filter((name) => existsSync(join(folder, name, 'postgres/postmaster.pid')));
    for (let turns = 0; turns < 100 && servers().length > 0; turns += 1) await wait(50);
    rmSync(folder, { recursive: true, force: true });
  };
}
