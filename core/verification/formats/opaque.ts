import { type Format, type FormatVerdict, type Severity, startsWith } from '../format.ts';

interface Signature {
  readonly format: string;
  readonly bytes: string;
  readonly at?: number;
  /** Machine code and scripts are findings; the rest is only unscanned. */
  readonly severity?: Severity;
}

/** Formats that are recognised, to be named, and not scanned. Signatures are Latin-1. */
const SIGNATURES: readonly Signature[] = [
  { format: 'ELF program or library', bytes: '\x7fELF', severity: 'high' },
  { format: 'Windows program or library', bytes: 'MZ', severity: 'high' },
  { format: 'Mach-O program or library', bytes: '\xfe\xed\xfa\xce', severity: 'high' },
  { format: 'Mach-O program or library', bytes: '\xfe\xed\xfa\xcf', severity: 'high' },
  { format: 'Mach-O program or library', bytes: '\xce\xfa\xed\xfe', severity: 'high' },
  { format: 'Mach-O program or library', bytes: '\xcf\xfa\xed\xfe', severity: 'high' },
  { format: 'Java class or universal Mach-O', bytes: '\xca\xfe\xba\xbe', severity: 'high' },
  { format: 'WebAssembly module', bytes: '\0asm', severity: 'high' },
  { format: 'static library', bytes: '!<arch>\n', severity: 'high' },
  { format: 'NumPy array', bytes: '\x93NUMPY' },
  { format: 'Parquet', bytes: 'PAR1' },
  { format: 'Arrow', bytes: 'ARROW1' },
  { format: 'SQLite database', bytes: 'SQLite format 3\0' },
  { format: 'gzip archive', bytes: '\x1f\x8b' },
  { format: 'bzip2 archive', bytes: 'BZh' },
  { format: 'xz archive', bytes: '\xfd7zXZ\0' },
  { format: 'Zstandard archive', bytes: '\x28\xb5\x2f\xfd' },
  { format: '7-Zip archive', bytes: "7z\xbc\xaf'\x1c" },
  { format: 'RAR archive', bytes: 'Rar!\x1a\x07' },
  { format: 'PDF', bytes: '%PDF-' },
  { format: 'JPEG image', bytes: '\xff\xd8\xff' },
  { format: 'GIF image', bytes: 'GIF8' },
];

function match(head: Uint8Array): Signature | undefined {
  return SIGNATURES.find(({ format, bytes, at }) => startsWith(head, bytes, at) && plausible(format, head));
}

/** Short signatures occur in other files by chance: ask for a little more. */
function plausible(format: string, head: Uint8Array): boolean {
  // "MZ…" may begin a text; a program has a NUL within its first bytes.
  if (format.startsWith('Windows')) return head.subarray(0, 64).includes(0);
  return true;
}

export const opaque: Format = {
  name: 'opaque',
  rules: [
    {
      id: 'executable',
      title: 'Machine code',
      why: 'It is made to be executed.',
    },
    {
      id: 'unscanned-format',
      title: 'A format that is recognised and not scanned',
      why: 'What was not read may hold anything.',
    },
  ],
  detect: (head) => match(head) !== undefined,
  scan: (file): FormatVerdict => {
    const found = match(file.read(0, Math.min(file.size, 512)));
    const format = found?.format ?? 'unknown';
    if (found?.severity !== undefined) {
      const message = `${format}: machine code has no place among the artifacts of a model`;
      const fix = 'Drop the file from the output directory.';
      return {
        format,
        verdict: 'finding',
        notes: [{ rule: 'executable', severity: found.severity, message, fix, offset: 0 }],
      };
    }
    const message = `${format}: this format is recognised but not scanned`;
    const fix = 'Export the model as ONNX, tables as CSV and plots as PNG, or drop the file.';
    return { format, verdict: 'unscanned', notes: [{ rule: 'unscanned-format', severity: 'medium', message, fix }] };
  },
};
