import { type Note, type ScanContext, type Source, startsWith } from '../format.ts';
import type { Located } from './checks.ts';

/**
 * The folder of a program that `torch.export` saved (`.pt2`, `torch/csrc/export/pt2_archive_constants.h`), or null. Any
 * folder counts: readers take the one of the first entry, or of the archive's own name. The first versions had no
 * `archive_format`, and one file for the graph.
 */
export function exportedOf(entries: readonly Located[]): string | null {
  for (const { entry } of entries) {
    const prefix = /^([^/]*\/|)(?:archive_format|serialized_exported_program\.json)$/.exec(entry.name)?.[1];
    if (prefix !== undefined) return prefix;
  }
  return null;
}

/**
 * Lists bytes of a tensor in such a program, where the entry is named as one and is no pickle or archive. Nothing says that
 * it is data but text of the program itself, so it is never clean.
 *
 * @returns whether it was listed
 */
export function listExportedTensor(source: Source, prefix: string, context: ScanContext): boolean {
  const name = source.path.slice(source.path.lastIndexOf('!/') + 2);
  if (!name.startsWith(`${prefix}data/`)) return false;
  if (!/^(?:weights\/weight|constants\/tensor)_\d+$/.test(name.slice(prefix.length + 5))) return false;
  const head = source.read(0, 2);
  if (startsWith(head, 'PK') || head[0] === 0x80) return false;
  context.insideAs(source, 'tensor', () => ({ format: 'tensor', verdict: 'unscanned', reason: 'program', notes: [] }));
  return true;
}

export function exportedNote(): Note {
  return {
    rule: 'torch-export',
    severity: 'medium',
    message:
      'a program of torch.export: it names functions by text and holds expressions that are evaluated, so no scan can vouch for it',
    fix: 'Save the state_dict of the model, or export it as ONNX.',
  };
}
