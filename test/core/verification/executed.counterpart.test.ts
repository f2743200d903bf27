import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { pickleOf } from './assembler.ts';
import { EXECUTED } from './executed.ts';
import { fileOf } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'executed-'));
afterAll(() => rmSync(folder, { recursive: true }));

// The unpickler in C, and the one in Python: they differ in details, and one is enough.
const LOAD = `import pickle, sys
data = sys.stdin.buffer.read()
for loads in (pickle.loads, pickle._loads):
    try: loads(data)
    except Exception: pass`;

test.each(Object.entries(EXECUTED))('%s runs in Python, and is held here', (name, make) => {
  const path = join(folder, name.replaceAll(' ', '-'));
  const bytes = pickleOf(...make(path));
  spawnSync('python3', ['-c', LOAD], { input: bytes });
  expect(existsSync(path)).toBe(true);
  expect(scanFiles([fileOf('model.pkl', bytes)]).verdict).toBe('finding');
  // Whatever it is called, and where nothing but its opcodes tells that it is a pickle.
  expect(scanFiles([fileOf('notes.txt', bytes)]).verdict).toBe('finding');
});
