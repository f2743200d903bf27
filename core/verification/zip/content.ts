import { crc32 } from '../crc32.ts';
import { innerPath, type Note, readExactly, type ScanContext, ScanError, type Source, slice } from '../format.ts';
import { inflate } from '../inflated.ts';
import { zipNote } from './archive.ts';
import type { Located } from './checks.ts';

/** Bytes; the checksum of what is stored and larger is not computed: every reader sees the same bytes. */
const MAX_CHECKED = 64 * 2 ** 20;
const PIECE = 1 << 20;

/** What an entry holds, with notes on its checksum. @throws ScanError for what can't be read here */
export function contentOf(
  file: Source,
  located: Located,
  context: ScanContext,
): { source: Source; notes: readonly Note[] } {
  const { entry, dataStart, dataEnd } = located;
  if ((entry.flags & 0x2041) !== 0) throw new ScanError('unsupported', 'an encrypted entry', entry.localOffset);
  switch (entry.method) {
    case 0:
      return stored(slice(file, entry.name, dataStart, dataEnd), located, context);
    case 8: {
      const plain = inflate(
        { path: innerPath(file, entry.name), source: file, start: dataStart, end: dataEnd },
        context,
      );
      const wrong = plain.size !== entry.size || plain.streamEnd !== dataEnd;
      const notes = wrong ? [zipNote('zip-mismatch', 'it unpacks to another size than it says', dataStart)] : [];
      return { source: plain, notes: plain.crc === entry.crc ? notes : [...notes, checksum(located)] };
    }
    default:
      throw new ScanError('unsupported', `compression method ${entry.method}`, entry.localOffset);
  }
}

function stored(source: Source, located: Located, context: ScanContext): { source: Source; notes: readonly Note[] } {
  if (source.size > MAX_CHECKED) return { source, notes: [] };
  let crc = 0;
  for (let at = 0; at < source.size; at += PIECE) {
    context.tick();
    crc = crc32(readExactly(source, at, Math.min(PIECE, source.size - at)), crc);
  }
  return { source, notes: crc === located.entry.crc ? [] : [checksum(located)] };
}

function checksum({ entry }: Located): Note {
  return zipNote(
    'zip-checksum',
    `its checksum is wrong: ${JSON.stringify(entry.name.slice(0, 200))}`,
    entry.localOffset,
  );
}
