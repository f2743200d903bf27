import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for what outlives a test file; it goes when all tests have run. */
    scratch: string;
  }
}

/** Gives the tests a folder, and takes it away when the processes that used it are gone. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-tests-'));
  chmodSync(folder, 0o711);
  project.provide('scratch', folder);
  // A server that ends now still writes for a moment.
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 80, retryDelay: 100 });
}
