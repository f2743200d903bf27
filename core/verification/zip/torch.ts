import { scanEncoded } from '../encoded-text.ts';
import { type Note, type ScanContext, type Source, startsWith } from '../format.ts';
import { whatPickles } from '../pickle/probe.ts';
import { scanPickle } from '../pickle/scan.ts';
import type { Storages } from '../pickle/torch.ts';
import type { Located } from './checks.ts';

/** A checkpoint of PyTorch: a pickle, and beside it each tensor's bytes, which nothing interprets. */
export interface Checkpoint {
  /** Of the names, such as `archive/`. */
  readonly prefix: string;
  /** A TorchScript program rather than data. */
  readonly program: boolean;
}

/** Told by the names that `torch.save` gives (`torch/serialization.py`); what they hold is scanned all the same. */
export function checkpointOf(entries: readonly Located[]): Checkpoint | null {
  // Folders by what is in them, so that not all names are kept.
  const folders = new Map<string, Set<string>>();
  for (const { entry } of entries) {
    const [, prefix, holds] = /^([^/]*\/)(data\.pkl$|version$|constants\.pkl$|code\/)/i.exec(entry.name) ?? [];
    if (prefix === undefined || holds === undefined) continue;
    const known = folders.get(prefix) ?? new Set();
    // PyTorch finds a program's records in any case.
    folders.set(prefix, known.add(holds.toLowerCase()));
  }
  for (const [prefix, holds] of folders)
    if (holds.has('data.pkl') && holds.has('version'))
      return { prefix, program: holds.has('constants.pkl') || holds.has('code/') };
  return null;
}

/** Scans the checkpoint's pickle. @returns bytes of each storage by the entry's name */
export function scanCheckpoint(pickle: Source, prefix: string, context: ScanContext): ReadonlyMap<string, number> {
  const storages: Storages = new Map();
  context.insideAs(pickle, 'pickle', (inner) => scanPickle(inner, context, { storages }));
  return new Map([...storages].map(([key, bytes]) => [`${prefix}data/${key}`, bytes]));
}

/** Lists a tensor's bytes. They are skipped, whatever they look like: no reader does more than copy them. */
export function listTensor(source: Source, bytes: number, context: ScanContext): void {
  // NumPy reads an archive by its entries, and this as objects. No tensor begins so by chance.
  if (startsWith(source.read(0, 8), '\x93NUMPY')) context.inside(source);
  context.insideAs(source, 'tensor', (inner) => {
    if (inner.size === bytes) return { format: 'tensor', verdict: 'clean', notes: [] };
    const message = `the pickle says ${bytes} bytes, the archive holds ${inner.size}`;
    const fix = 'Save the checkpoint again with torch.save.';
    const note: Note = { rule: 'zip-tensor-size', severity: 'high', message, fix };
    return { format: 'tensor', verdict: 'finding', notes: [note] };
  });
}

/** Whether it is code of a TorchScript program, which the verdict of its archive is about, and nothing that loaders take for a pickle. */
export function isScriptCode(source: Source, { prefix, program }: Checkpoint): boolean {
  const name = source.path.slice(source.path.lastIndexOf('!/') + 2);
  return program && name.startsWith(`${prefix}code/`) && name.endsWith('.py') && whatPickles(source) === null;
}

export function listScriptCode(source: Source, context: ScanContext): void {
  context.insideAs(source, 'TorchScript code', (inner) => {
    scanEncoded(inner, context);
    return { format: 'TorchScript code', verdict: 'clean', notes: [] };
  });
}
