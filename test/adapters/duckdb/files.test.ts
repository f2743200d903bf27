import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localFiles } from '../../../adapters/duckdb/files.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-files-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test.each(['kept', 'passing'] as const)(
  'a file is read whole in %s chunks, which share memory only where they pass',
  async (chunks) => {
    const content = Buffer.alloc(2_500_000, 'a,b,0.25\n');
    await writeFile(join(directory, 'rows.csv'), content);
    const files = localFiles({ directory });
    const [file] = await files.list('rows.csv');
    if (file === undefined) throw new Error('the file is not listed');
    const read: Buffer[] = [];
    const memory = new Set<ArrayBufferLike>();
    for (const chunk of await files.open(file, 'none', chunks)) {
      read.push(Buffer.from(chunk));
      memory.add(chunk.buffer);
    }
    await files.close();
    expect(Buffer.concat(read).equals(content)).toBe(true);
    expect(memory.size).toBe(chunks === 'kept' ? 3 : 1);
  },
);
