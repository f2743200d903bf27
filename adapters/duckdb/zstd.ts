import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';

const [FRAME, SKIPPABLE] = [0xfd2fb528, 0x184d2a50];

/**
 * All frames of a zstd file (RFC 8878): Node's own decoder ends after the first in silence, where DuckDB and others go on.
 * What follows the last frame and is none is an error.
 */
export async function* decompressZstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  const input = new Input(source);
  try {
    while (await input.has(1)) {
      const magic = (await input.take(4)).readUInt32LE();
      if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) await input.skip((await input.take(4)).readUInt32LE());
      else if (magic === FRAME) yield* oneFrame(input);
      else throw new Error('what follows a frame of zstd is none');
    }
  } finally {
    await input.close();
  }
}

async function* oneFrame(input: Input): AsyncGenerator<Buffer, void, void> {
  const decoder = createZstdDecompress();
  const feeding = pipeline(Readable.from(frameOf(input)), decoder);
  // An error is thrown by the loop; here it must not count as one that nobody handles.
  feeding.catch(() => undefined);
  for await (const chunk of decoder) yield chunk;
  await feeding;
}

/** One frame, cut out by the sizes that its header and its blocks state. */
async function* frameOf(input: Input): AsyncGenerator<Buffer, void, void> {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(FRAME);
  const descriptor = await input.take(1);
  const flags = descriptor[0] ?? 0;
  const single = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  const content = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  yield Buffer.concat([magic, descriptor, await input.take((single ? 0 : 1) + dictionary + content)]);
  for (let last = false; !last; ) {
    const header = await input.take(3);
    const block = header.readUIntLE(0, 3);
    last = (block & 1) !== 0;
    // A block of one repeated byte holds that byte alone.
    const size = ((block >> 1) & 3) === 1 ? 1 : block >> 3;
    yield Buffer.concat([header, await input.take(size)]);
  }
  if ((flags & 4) !== 0) yield await input.take(4);
}

class Input {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async has(bytes: number): Promise<boolean> {
    while (this.#held.length < bytes) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    }
    return true;
  }

  async take(bytes: number): Promise<Buffer> {
    if (!(await this.has(bytes))) throw new Error('unexpected end of file');
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    return taken;
  }

  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; ) {
      if (!(await this.has(1))) throw new Error('unexpected end of file');
      const now = Math.min(left, this.#held.length);
      await this.take(now);
      left -= now;
    }
  }
}
