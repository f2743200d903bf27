import {
  type Format,
  type FormatVerdict,
  type Note,
  type ScanContext,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';
import { type Archive, findEnd, readArchive, zipNote } from '../zip/archive.ts';
import { checkTogether, type Located, locate } from '../zip/checks.ts';
import { contentOf } from '../zip/content.ts';
import { exportedNote, exportedOf, listExportedTensor } from '../zip/exported.ts';
import { ZIP_RULES } from '../zip/rules.ts';
import { checkpointOf, isScriptCode, listScriptCode, listTensor, scanCheckpoint } from '../zip/torch.ts';

/** What `tflite` calls its files. */
const TFLITE = 'TensorFlow Lite';

/**
 * Zip archives (APPNOTE 6.3.10), and what is in them. Readers differ in whether they trust the central directory or the
 * local headers, in what they do with duplicates, and in where they look for the end: every such difference is a place
 * to hide an entry, so each is a finding.
 */
export const zip: Format = {
  name: 'zip',
  rules: ZIP_RULES,
  detect: (head, file, tail) => startsWith(head, 'PK\x03\x04') || findEnd(tail, file) !== null,
  scan: (file, context): FormatVerdict => {
    const archive = readArchive(file, context);
    const notes: Note[] = [...archive.notes];
    const located = archive.entries.map((entry) => {
      context.tick();
      return locate(file, entry, notes);
    });
    const model = modelBefore(file, archive, context);
    notes.push(...checkTogether(located, archive, model));
    const checkpoint = checkpointOf(located);
    notes.push(...scanEntries(file, located, context));
    if (archive.entries.length === 0 && model === 0) notes.push(zipNote('zip-malformed', 'an archive of nothing', 0));
    if (notes.length > 0) return { format: 'zip', verdict: 'finding', notes };
    if (checkpoint?.program === true) return program();
    if (exportedOf(located) !== null)
      return { format: 'torch.export', verdict: 'unscanned', reason: 'program', notes: [exportedNote()] };
    return { format: checkpoint === null ? 'zip' : 'PyTorch', verdict: 'clean', notes };
  },
};

/**
 * Bytes of the model of TensorFlow Lite that an archive follows, and 0 where there is none: the metadata of such a model
 * is an archive that is appended to it. It is judged as a file of its own.
 */
function modelBefore(file: Source, { entries, directoryStart }: Archive, context: ScanContext): number {
  const first = entries.reduce((least, { localOffset }) => Math.min(least, localOffset), directoryStart);
  if (first === 0 || first > file.size || !startsWith(file.read(0, 8), 'TFL3', 4)) return 0;
  return context.inside(slice(file, 'model.tflite', 0, first)).format === TFLITE ? first : 0;
}

function program(): FormatVerdict {
  const message = 'a TorchScript program: its operators can read and write files, so no scan can vouch for it';
  const fix = 'Save the state_dict of the model, or export it as ONNX.';
  const note: Note = { rule: 'torchscript', severity: 'medium', message, fix };
  return { format: 'TorchScript', verdict: 'unscanned', reason: 'program', notes: [note] };
}

/** Scans what the entries hold, a checkpoint's pickle first, since it says which of them are tensors. */
function scanEntries(file: Source, located: readonly Located[], context: ScanContext): readonly Note[] {
  const notes: Note[] = [];
  const checkpoint = checkpointOf(located);
  const exported = exportedOf(located);
  const pickled =
    checkpoint === null ? undefined : located.find(({ entry }) => entry.name === `${checkpoint.prefix}data.pkl`);
  let tensors: ReadonlyMap<string, number> = new Map();
  const read = (one: Located, scan: (source: Source) => void): void => {
    try {
      const content = contentOf(file, one, context);
      notes.push(...content.notes);
      scan(content.source);
    } catch (error) {
      if (!(error instanceof ScanError) || error.code === 'timed_out') throw error;
      // One broken entry must not keep the others from being scanned.
      context.insideAs(rawOf(file, one), 'zip entry', () => {
        throw error;
      });
    }
  };
  if (checkpoint !== null && pickled !== undefined)
    read(pickled, (source) => {
      tensors = scanCheckpoint(source, checkpoint.prefix, context);
    });
  for (const one of located) {
    context.tick();
    if (one === pickled || one.entry.name.endsWith('/')) continue;
    const bytes = tensors.get(one.entry.name);
    // Not read at all: checkpoints are large.
    if (bytes !== undefined && one.entry.method === 0) listTensor(rawOf(file, one), bytes, context);
    else
      read(one, (source) => {
        if (bytes !== undefined) listTensor(source, bytes, context);
        else if (checkpoint !== null && isScriptCode(source, checkpoint)) listScriptCode(source, context);
        else if (exported === null || !listExportedTensor(source, exported, context)) context.inside(source);
      });
  }
  return notes.slice(0, 100);
}

/** The entry as it stands in the file, compressed or not. */
function rawOf(file: Source, { entry, dataStart }: Located): Source {
  const size = entry.compressed;
  return {
    path: `${file.path}!/${entry.name}`,
    size,
    read: (offset, length, into) => file.read(dataStart + offset, Math.max(0, Math.min(length, size - offset)), into),
  };
}
