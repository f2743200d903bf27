import type { Format } from '../format.ts';
import { startsWith } from '../format.ts';
import { scanLegacyTorch } from '../pickle/legacy-torch.ts';
import { whatPickles } from '../pickle/probe.ts';
import { PICKLE_RULES } from '../pickle/rules.ts';
import { scanPickle } from '../pickle/scan.ts';
import { LEGACY_MAGIC } from '../pickle/torch.ts';

/**
 * Python pickles: programs for a stack machine that can call any function while they are loaded. Protocols 2 and later
 * begin with a PROTO opcode; older ones can be plain text, so the opcodes are walked as the unpickler would.
 */
export const pickle: Format = {
  name: 'pickle',
  rules: PICKLE_RULES,
  detect: (head, file) => {
    if (head[0] === 0x80 && (head[1] ?? 6) <= 5) return true;
    const found = whatPickles(file);
    return found === 'acts' || (found === 'data' && !isPlainText(head));
  },
  scan: (file, context) => {
    const head = file.read(0, Math.min(file.size, 32));
    return startsWith(head, LEGACY_MAGIC) ? scanLegacyTorch(file, context) : scanPickle(file, context);
  },
};

/** What is only data to an unpickler and text to all others is text. */
function isPlainText(head: Uint8Array): boolean {
  return head.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
}
