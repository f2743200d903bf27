import { scanWords } from './encoded-words.ts';
import type { ScanContext, Source } from './format.ts';
import { PickleScan } from './pickle/scan.ts';

/** Scans pickles that stand in a text encoded, as files of their own. Base64 may have several lines. */
export function scanEncoded(file: Source, context: ScanContext): void {
  scanWords(file, () => context.tick(), new PickleScan(file, context, {}));
}
