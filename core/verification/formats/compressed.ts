import { type Format, type FormatVerdict, innerPath, type Source, startsWith } from '../format.ts';
import { inflated, isTextualZlib, unpack } from '../inflated.ts';
import { MAGIC, ZstdDecoder } from '../zstd/decoder.ts';

/**
 * gzip and zlib, as joblib, tar and R write them: one stream that is the whole file; and Zstandard. What is in them is
 * scanned.
 */
export const compressed: Format = {
  name: 'compressed',
  rules: [],
  detect: (head, file) => startsWith(head, '\x1f\x8b') || startsWith(head, MAGIC) || isZlib(head, file),
  scan: (file, context): FormatVerdict => {
    if (startsWith(file.read(0, 4), MAGIC)) {
      let held = 0;
      const keep = (bytes: number): void => {
        if (bytes > held) context.keep(bytes - held);
        held = Math.max(held, bytes);
      };
      context.inside(unpack(innerPath(file, 'zstd'), () => new ZstdDecoder(file, keep), context));
      return { format: 'Zstandard', verdict: 'clean', notes: [] };
    }
    const format = startsWith(file.read(0, 1), '\x1f') ? 'gzip' : 'zlib';
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
