import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { z } from 'zod';

/**
 * Runs the files that failed in a run of the tests once more, one after the other: `node scripts/again.ts REPORT PROJECT…`.
 * Real servers, real processes and their deadlines on a shared machine fail now and then for what else the machine does;
 * a fault of ours fails again. What passed only now is named, so that nobody takes it for sound.
 */
const Report = z.object({ testResults: z.array(z.object({ name: z.string(), status: z.string() })) });
/** More than this is no accident. */
const MOST = 4;

const [path = '', ...projects] = process.argv.slice(2);
const failed = Report.parse(JSON.parse(readFileSync(path, 'utf8'))).testResults.flatMap(({ name, status }) =>
  status === 'passed' ? [] : [relative(process.cwd(), name)],
);
if (failed.length === 0 || failed.length > MOST) {
  process.stderr.write(`${failed.length} files failed: not run again\n`);
  process.exit(1);
}
const wanted = projects.map((project) => `--project=${project}`);
for (const file of failed) {
  process.stdout.write(`\nFAILED ONCE, and runs again alone: ${file}\n`);
  const { status } = spawnSync('npx', ['vitest', 'run', ...wanted, file], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
process.stdout.write(`\nUNSTEADY, passed only when run again alone: ${failed.join(', ')}\n`);
