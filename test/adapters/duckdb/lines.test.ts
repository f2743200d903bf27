import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onLines } from '../../../adapters/duckdb/lines.ts';

/** Lines of these chunks, and whether one was too long. */
async function read(chunks: readonly Buffer[], most?: number): Promise<{ lines: string[]; tooLong: number }> {
  const input = new PassThrough();
  const found = { lines: [] as string[], tooLong: 0 };
  onLines(
    input,
    (line) => found.lines.push(line),
    () => (found.tooLong += 1),
    most,
  );
  const ended = new Promise((resolve) => input.once('end', resolve));
  for (const chunk of chunks) input.write(chunk);
  input.end();
  await ended;
  return found;
}

test('lines end at line feeds alone, however they are cut into chunks', async () => {
  const unit = fc.constantFrom('a', '\n', '\r', '\u2028', '\u2029', '\u0085', '😀', '"');
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, maxLength: 30 }),
      fc.array(fc.nat({ max: 4 }), { maxLength: 30 }),
      async (text, sizes) => {
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          if (size > 0) chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        const { lines } = await read([...chunks, bytes.subarray(at)]);
        expect(lines).toEqual(text.split('\n').slice(0, -1));
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});

test('a line without end is told once, and nothing after it is kept', async () => {
  const chunks = ['short\n', 'x'.repeat(60), 'x'.repeat(60), 'x\nafter\n'].map((text) => Buffer.from(text));
  expect(await read(chunks, 100)).toEqual({ lines: ['short'], tooLong: 1 });
});
