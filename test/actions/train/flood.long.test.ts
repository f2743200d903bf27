import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const base = mkdtempSync(join(tmpdir(), 'trainyard-flood-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

test.each([
  ['a log of 1 GB', "head -c 1000000000 <(yes 'epoch 1: loss 0.5')"],
  [
    '10,000,000 lines of metrics',
    `seq 10000000 | awk '{printf "{\\"step\\":%d,\\"metric\\":\\"loss\\",\\"value\\":0.5}\\n", $1}' >>"$TRAINYARD_METRICS"`,
  ],
])(
  '%s is held in less than 300 MB',
  (_what, command) => {
    const result = join(base, 'result.json');
    // A runner reads the log through a pipe, and begins late here: what it has not read yet must not pile up.
    const script = [process.execPath, join(ROOT, 'bench/train-alone.ts'), result];
    const args = [...script, `${command}; echo 1 >"$TRAINYARD_OUTPUT/model"`];
    execFileSync('bash', ['-c', '"$@" | { sleep 2; cat >/dev/null; }', 'flood', ...args], {
      stdio: 'ignore',
      timeout: 300_000,
    });
    const { reason, rss } = JSON.parse(readFileSync(result, 'utf8'));
    expect(reason).toBe('succeeded');
    expect(rss).toBeLessThan(300e6);
  },
  320_000,
);
