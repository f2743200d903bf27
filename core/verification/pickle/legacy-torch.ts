import type { FormatVerdict, ScanContext, Source } from '../format.ts';
import { PickleScan } from './scan.ts';
import type { Storages } from './torch.ts';

/**
 * PyTorch's format before version 1.6 (`torch/serialization.py`, `_legacy_save`): five pickles (magic number, protocol,
 * system, object, keys), then each tensor's count in eight bytes and its bytes.
 */
export function scanLegacyTorch(source: Source, context: ScanContext): FormatVerdict {
  const storages: Storages = new Map();
  const scan = new PickleScan(source, context, { storages, legacy: true });
  const found = scan.verdict(() => {
    let at = 0;
    for (let pickle = 0; pickle < 5; pickle += 1) at = scan.one(at);
    const expected = [...storages.values()].reduce((sum, bytes) => sum + bytes + 8, at);
    if (expected === source.size) return;
    const message = `expected the tensors to end at ${expected}, the file has ${source.size} bytes`;
    scan.finding({ rule: 'pickle-trailing-data', severity: 'high', message, offset: at });
  });
  return { ...found, format: 'PyTorch (legacy)' };
}
