import { evidenceOf, type FormatVerdict, type ScanContext, ScanError, type Source } from '../format.ts';
import { type Global, nameOf } from '../pickle/globals.ts';
import { Machine } from '../pickle/machine.ts';
import { scanPickle } from '../pickle/scan.ts';
import { DATA } from '../pickle/values.ts';
import { type Row, rowsOf } from './rows.ts';

/** The folder of a path, for the list of a distributed checkpoint (`FileSystemReader` of PyTorch). */
export function folderOfMetadata(path: string): string | null {
  const match = /^(.*\/)?\.metadata$/s.exec(path);
  return match === null ? null : (match[1] ?? '');
}

/** What names the values of a checkpoint, and is refused in all other pickles. */
const OWN: ReadonlySet<string> = new Set([
  ...`BytesStorageMetadata ChunkStorageMetadata Metadata MetadataIndex StorageMeta TensorProperties TensorStorageMetadata
  _MEM_FORMAT_ENCODING`
    .split(/\s+/)
    .map((name) => `torch.distributed.checkpoint.metadata.${name}`),
  'torch.distributed.checkpoint.filesystem._StorageInfo',
]);

/** Beside them: shapes, types and the path that it was written to. An object of any other class could stand for a place. */
function isKnown(found: Global): boolean {
  const name = nameOf(found);
  if (OWN.has(name) || /^pathlib(?:\._local)?\.(?:Pure)?(?:Posix|Windows)?Path$/.test(name)) return true;
  return found.module === 'torch' ? found.grade === 'name' || found.name === 'Size' : OTHERS.has(name);
}

const OTHERS: ReadonlySet<string> = new Set(['torch.serialization._get_layout', 'builtins.set']);

/** Whether a pickle is such a list, by the first name in it. */
export function isMetadata(head: Uint8Array): boolean {
  return head[0] === 0x80 && Buffer.from(head).subarray(0, 256).includes('torch.distributed.checkpoint.metadata');
}

/**
 * The list of a distributed checkpoint. A reader opens the file that it names and cuts out as many bytes as it says, so each
 * must be one of the archives that the files are made of.
 *
 * @param beside a file of the folder by its name
 * @throws ScanError
 */
export function scanMetadata(
  file: Source,
  beside: (name: string) => Source | undefined,
  context: ScanContext,
): FormatVerdict {
  const own = scanPickle(file, context);
  const notes = own.notes.filter(({ rule, evidence }) => {
    return rule !== 'pickle-dangerous-import' || ![...OWN].some((name) => evidence === evidenceOf(name));
  });
  if (notes.length > 0) return { ...own, notes };
  const files = new Map<string, readonly Row[]>();
  for (const { path, offset, length } of placesOf(file, context)) {
    if (!/^__\d{1,9}_\d{1,9}\.distcp$/.test(path))
      throw new ScanError('malformed', `it leads to a file that is none of the checkpoint: ${evidenceOf(path)}`, 0);
    const found = beside(path);
    if (found === undefined) continue;
    const rows = files.get(path) ?? rowsOf(found, context.tick);
    files.set(path, rows);
    if (!isRow(rows, offset, offset + length))
      throw new ScanError('malformed', `it leads to bytes of ${path} that are no value: ${length} at ${offset}`, 0);
  }
  return { format: 'PyTorch distributed checkpoint', verdict: 'clean', notes: [] };
}

function placesOf(file: Source, context: ScanContext): Machine['changing']['places'] {
  const unknown = new Set<string>();
  const machine = new Machine(file, 0, {
    finding: () => {},
    imported: (found) => {
      if (!isKnown(found)) unknown.add(nameOf(found));
    },
    called: () => {},
    persistent: () => DATA,
    content: () => false,
    within: () => {},
    unpickled: () => {},
    array: (_, at) => at,
    tick: () => context.tick(),
    keep: (bytes) => context.keep(bytes),
  });
  machine.run();
  const [first] = unknown;
  if (first !== undefined)
    throw new ScanError('malformed', `it names what no list of a checkpoint does: ${evidenceOf(first)}`, 0);
  if (machine.cursor.position < file.size)
    throw new ScanError('malformed', 'more behind the list', machine.cursor.position);
  return machine.changing.places;
}

function isRow(rows: readonly Row[], start: number, end: number): boolean {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.end ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return rows[low]?.start === start && rows[low]?.end === end;
}
