import { type FormatVerdict, type Note, ScanError } from './format.ts';
import type { NotScanned } from './report.ts';

/** Every error is a verdict: a defect of ours must not let the rest of the files pass unread. */
export function failed(format: string, error: unknown): FormatVerdict {
  if (!(error instanceof ScanError)) {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return notScanned(format, 'crashed', `the scanner failed: ${what}`);
  }
  switch (error.code) {
    case 'malformed':
    case 'short_read':
      return malformed(format, error);
    case 'too_large':
      return notScanned(format, 'too_large', error.message, error.offset);
    case 'timed_out':
      return notScanned(format, 'timed_out', error.message, error.offset);
    case 'unsupported':
      return notScanned(format, 'unsupported_format', error.message, error.offset);
  }
}

function malformed(format: string, error: ScanError): FormatVerdict {
  const message = `not a well-formed ${format} file: ${error.message}`;
  const fix = 'Write the file again with a current version of the exporting library.';
  const note: Note = {
    rule: `${format.replaceAll(' ', '-')}-malformed`,
    severity: 'high',
    message,
    fix,
    offset: error.offset,
  };
  return { format, verdict: 'finding', notes: [note] };
}

const REASON_RULES = {
  too_large: 'too-large',
  timed_out: 'timed-out',
  nested_too_deeply: 'nested-too-deeply',
  crashed: 'crashed',
  unsupported_format: 'unsupported-content',
} as const satisfies Partial<Record<NotScanned, string>>;

/** What is said of a file that was not read, and why. */
export function notScanned(
  format: string,
  reason: keyof typeof REASON_RULES,
  message: string,
  offset?: number,
): FormatVerdict {
  const fix =
    reason === 'timed_out'
      ? 'Give the scan more time, or leave a smaller file.'
      : 'Leave the model in a format that holds data only, such as ONNX or safetensors, or drop the file.';
  const note: Note = {
    rule: REASON_RULES[reason],
    severity: 'medium',
    message,
    fix,
    ...(offset === undefined ? {} : { offset }),
  };
  return { format, verdict: 'unscanned', reason, notes: [note] };
}

/** What is said of a file of no known format. */
export function unknown(): FormatVerdict {
  const note: Note = {
    rule: 'unknown-format',
    severity: 'medium',
    message: 'the content is of no format that can be scanned',
    fix: 'Leave the model in one of the formats of docs/scanner.md, or drop the file.',
  };
  return { format: 'unknown', verdict: 'unscanned', reason: 'unknown_format', notes: [note] };
}
