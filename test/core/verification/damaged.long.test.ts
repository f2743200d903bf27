import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WHOLE } from './whole-files.ts';

/** A new seed each time finds more; a failure prints it. */
const SEED = Date.now() % 2 ** 31;
const CHILD = join(import.meta.dirname, 'damaged-in-child.ts');
/** MiB of JavaScript objects. What the process itself takes comes on top. */
const HEAP = 160;

test.each(Object.keys(WHOLE))(
  '100,000 damaged files of %s end in reports, in bounded memory, and write nothing',
  (format) => {
    const guard = ['--permission', '--allow-fs-read=*', `--max-old-space-size=${HEAP}`];
    const said = execFileSync(process.execPath, [...guard, CHILD, format, '100000', String(SEED)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 24,
    });
    expect(Number(said)).toBeGreaterThan(0);
    expect(Number(said)).toBeLessThan(400 * 1024);
  },
);
