import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Api } from '../../../adapters/github/api.ts';
import { streamArtifact } from '../../../adapters/github/artifact-stream.ts';
import { Sha256 } from '../../../core/names.ts';

/** What GitHub keeps of an artifact is a zip that was written as it came: sizes stand behind the content. */
interface Zip {
  readonly name?: string;
  readonly flags?: number;
  readonly method?: number;
  readonly extra?: number;
  readonly signature?: number;
}

const CONTENT = Buffer.concat([randomBytes(300_000), Buffer.alloc(900_000)]);

function zip(content: Uint8Array, { name = 'inputs.tar', flags = 8, method = 8, extra = 0, signature }: Zip = {}) {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(signature ?? 0x04034b50, 0);
  head.writeUInt16LE(flags, 6);
  head.writeUInt16LE(method, 8);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(extra, 28);
  const trailer = Buffer.from('a data descriptor and the central directory, which nobody reads '.repeat(5000));
  return Buffer.concat([head, Buffer.from(name), Buffer.alloc(extra), deflateRawSync(content), trailer]);
}

const api = { raw: async () => ({ status: 302, headers: { location: 'https://blobs.example.com/1' } }) };

interface Asked {
  readonly digest?: string;
  readonly maxBytes?: number;
  readonly status?: number;
  readonly piece?: number;
  readonly cut?: boolean;
}

async function streamed(
  archive: Uint8Array,
  { maxBytes = 2 ** 21, status = 200, piece = 65_536, ...asked }: Asked = {},
) {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < archive.length; at += piece) yield archive.subarray(at, at + piece);
    if (asked.cut === true) throw new TypeError('terminated');
  }
  const digest = asked.digest ?? createHash('sha256').update(archive).digest('hex');
  const fetch = async () => new Response(ReadableStream.from(body()), { status });
  const request = { id: 1, digest: Sha256.parse(digest), maxBytes, name: 'inputs.tar' };
  const found: Uint8Array[] = [];
  for await (const chunk of streamArtifact(api as unknown as Api, fetch as never, request)) found.push(chunk);
  return Buffer.concat(found);
}

test('the file of an artifact arrives whole, with all that follows it in the archive read and left', async () => {
  expect((await streamed(zip(CONTENT))).equals(CONTENT)).toBe(true);
});

test('it arrives whole in whatever pieces it comes', async () => {
  const small = Buffer.from('some inputs '.repeat(100));
  const archive = zip(small, { extra: 20 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2000 }), async (piece) => {
      expect((await streamed(archive, { piece })).equals(small)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test.each<[string, Uint8Array, Asked, string]>([
  ['another digest', zip(CONTENT), { digest: 'a'.repeat(64) }, 'digest_mismatch'],
  ['another name', zip(CONTENT, { name: 'evil.tar' }), {}, 'malformed'],
  ['an encrypted file', zip(CONTENT, { flags: 9 }), {}, 'malformed'],
  ['a file that is not deflated', zip(CONTENT, { method: 0 }), {}, 'malformed'],
  ['no archive', Buffer.from('none'.repeat(20)), {}, 'malformed'],
  ['the header alone', zip(CONTENT).subarray(0, 20), {}, 'malformed'],
  ['broken content', Buffer.concat([zip(Buffer.alloc(0)).subarray(0, 40), Buffer.alloc(100, 0xff)]), {}, 'malformed'],
  ['content that ends early', zip(CONTENT).subarray(0, 200_000), {}, 'malformed'],
  ['more than was asked for', zip(CONTENT), { maxBytes: CONTENT.length - 1 }, 'too_large'],
  ['a bomb', zip(Buffer.alloc(50 * 2 ** 20)), { maxBytes: 2 ** 20 }, 'too_large'],
  ['nothing any more', zip(CONTENT), { status: 404 }, 'gone'],
  ['an error', zip(CONTENT), { status: 503 }, 'unavailable'],
  ['a connection that breaks off', zip(CONTENT).subarray(0, 200_000), { cut: true }, 'unavailable'],
])('%s is refused', async (_, archive, asked, code) => {
  await expect(streamed(archive, asked)).rejects.toMatchObject({ name: 'PortError', code });
});
