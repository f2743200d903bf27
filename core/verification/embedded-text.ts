import { scanEncoded } from './encoded-text.ts';
import { HEAD_SIZE, type ScanContext, type Source } from './format.ts';
import { modelConfig } from './formats/model-config.ts';
import { PickleScan } from './pickle/scan.ts';

/**
 * Judges a text that a format keeps beside the numbers, such as a label or an entry of metadata: some loader takes its
 * configuration from there, or a pickle, raw or encoded.
 */
export function scanEmbedded(text: Source, context: ScanContext): void {
  const head = text.read(0, HEAD_SIZE);
  if (modelConfig.detect(head, text, new Uint8Array(0))) context.inside(text);
  else {
    new PickleScan(text, context, {}).content(0, text.size, head.subarray(0, 256));
    scanEncoded(text, context);
  }
}
