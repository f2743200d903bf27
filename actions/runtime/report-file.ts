import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { refuseAway } from './confined-files.ts';

/** Of the driver that SARIF names; actions are versioned by their tag, which they can't see. */
export const SARIF_VERSION = '1';

/**
 * Writes a report where a step asked for it, in place of what is there.
 * @param path below the checkout, or of the machine; empty for none
 * @throws ActionError `input_refused` for one that leads out of the checkout by a link
 */
export async function writeReportFile(path: string, workspace: string, text: () => string): Promise<void> {
  if (path === '') return;
  const full = resolve(workspace, path);
  await mkdir(dirname(full), { recursive: true });
  await refuseAway(dirname(full), workspace);
  // What is there may be a pull request's link to some other file of the runner.
  await rm(full, { force: true });
  await writeFile(full, text(), { flag: 'wx' });
}
