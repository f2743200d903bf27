import { Bzip2Decoder, isBzip2 } from '../bzip2.ts';
import { type Format, type FormatVerdict, innerPath, type Source, startsWith } from '../format.ts';
import { inflated, isTextualZlib, type Unpacker, unpack } from '../inflated.ts';
import { LZ4_MAGIC, Lz4Decoder } from '../lz4/decoder.ts';
import { isLzmaAlone, LzmaAlone } from '../lzma/alone.ts';
import { XZ_MAGIC, XzDecoder } from '../lzma/xz.ts';
import { MAGIC, ZstdDecoder } from '../zstd/decoder.ts';

interface Compression {
  readonly format: string;
  /** What is in it is called so. */
  readonly name: string;
  begins(head: Uint8Array): boolean;
  unpacker(file: Source, keep: (bytes: number) => void): Unpacker;
}

const COMPRESSIONS: readonly Compression[] = [
  {
    format: 'Zstandard',
    name: 'zstd',
    begins: (head) => startsWith(head, MAGIC),
    unpacker: (file, keep) => new ZstdDecoder(file, keep),
  },
  {
    format: 'bzip2',
    name: 'bzip2',
    begins: isBzip2,
    unpacker: (file, keep) => new Bzip2Decoder(file, keep),
  },
  {
    format: 'xz',
    name: 'xz',
    begins: (head) => startsWith(head, XZ_MAGIC),
    unpacker: (file, keep) => new XzDecoder(file, keep),
  },
  {
    format: 'lzma',
    name: 'lzma',
    begins: isLzmaAlone,
    unpacker: (file, keep) => new LzmaAlone(file, keep),
  },
  {
    format: 'LZ4',
    name: 'lz4',
    begins: (head) => startsWith(head, LZ4_MAGIC),
    unpacker: (file, keep) => new Lz4Decoder(file, keep),
  },
];

/** Compressed files as joblib, pandas, tar and R write them: what is in them is scanned. gzip and zlib are one stream that is the whole file. */
export const compressed: Format = {
  name: 'compressed',
  rules: [],
  detect: (head, file) =>
    startsWith(head, '\x1f\x8b') || COMPRESSIONS.some(({ begins }) => begins(head)) || isZlib(head, file),
  scan: (file, context): FormatVerdict => {
    const head = file.read(0, Math.min(file.size, 32));
    const found = COMPRESSIONS.find(({ begins }) => begins(head));
    if (found !== undefined) {
      let held = 0;
      const keep = (bytes: number): void => {
        if (bytes > held) context.keep(bytes - held);
        held = Math.max(held, bytes);
      };
      context.inside(unpack(innerPath(file, found.name), () => found.unpacker(file, keep), context));
      return { format: found.format, verdict: 'clean', notes: [] };
    }
    const format = startsWith(head, '\x1f') ? 'gzip' : 'zlib';
    context.inside(inflated(file, context));
    return { format, verdict: 'clean', notes: [] };
  },
};

/** Two bytes are little to go by, and text can begin with them: a window of 32 KiB, as all writers give it. */
function isZlib(head: Uint8Array, file: Source): boolean {
  const [first, second = 0] = head;
  if (first !== 0x78) return false;
  return (
    second === 0x01 || second === 0x9c || second === 0xda || (second === 0x5e && (!isText(head) || isTextualZlib(file)))
  );
}

function isText(head: Uint8Array): boolean {
  return head.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
}
