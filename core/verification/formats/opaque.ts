import { type Format, type FormatVerdict, ScanError, type Source, slice, startsWith } from '../format.ts';
import { outermostFields, type Schema, schemaOf, walkMessage } from '../protobuf.ts';

/** Machine code is a finding; the rest is only not scanned. */
type Kind = 'code' | 'archive' | 'compressed' | 'r' | 'pointer' | 'other';

interface Signature {
  readonly format: string;
  /** Latin-1, from `at` on. */
  readonly bytes: string | RegExp;
  readonly at?: number;
  readonly kind?: Kind;
}

/** Formats that are recognised, to be named, and not scanned. */
const SIGNATURES: readonly Signature[] = [
  { format: 'ELF program or library', bytes: '\x7fELF', kind: 'code' },
  { format: 'Windows program or library', bytes: 'MZ', kind: 'code' },
  { format: 'Mach-O program or library', bytes: '\xfe\xed\xfa\xce', kind: 'code' },
  { format: 'Mach-O program or library', bytes: '\xfe\xed\xfa\xcf', kind: 'code' },
  { format: 'Mach-O program or library', bytes: '\xce\xfa\xed\xfe', kind: 'code' },
  { format: 'Mach-O program or library', bytes: '\xcf\xfa\xed\xfe', kind: 'code' },
  { format: 'Java class or universal Mach-O', bytes: '\xca\xfe\xba\xbe', kind: 'code' },
  { format: 'WebAssembly module', bytes: '\0asm', kind: 'code' },
  { format: 'static library', bytes: '!<arch>\n', kind: 'code' },
  // saveRDS and save: binary of either order, and text.
  { format: 'R data', bytes: 'X\n\0\0\0\x02', kind: 'r' },
  { format: 'R data', bytes: 'X\n\0\0\0\x03', kind: 'r' },
  { format: 'R data', bytes: 'B\n\x02\0\0\0', kind: 'r' },
  { format: 'R data', bytes: 'B\n\x03\0\0\0', kind: 'r' },
  { format: 'R data', bytes: /^(?:RD[XAB]\d\n|A\n[23]\n\d{5,7}\n)/, kind: 'r' },
  { format: 'pointer of Git LFS', bytes: 'version https://git-lfs.github.com/spec/v', kind: 'pointer' },
  { format: 'ExecuTorch program', bytes: /^ET\d\d/, at: 4 },
  { format: 'NumPy array', bytes: '\x93NUMPY' },
  { format: 'Parquet', bytes: /^PAR[1E]/ },
  { format: 'Arrow', bytes: 'ARROW1' },
  { format: 'SQLite database', bytes: 'SQLite format 3\0' },
  { format: '7-Zip archive', bytes: "7z\xbc\xaf'\x1c", kind: 'archive' },
  { format: 'RAR archive', bytes: 'Rar!\x1a\x07', kind: 'archive' },
  { format: 'Cabinet archive', bytes: 'MSCF\0\0\0\0', kind: 'archive' },
  { format: 'bzip2', bytes: /^BZh[1-9]/, kind: 'compressed' },
  { format: 'lzip', bytes: 'LZIP\x01', kind: 'compressed' },
  { format: 'LZ4', bytes: '\x02\x21\x4c\x18', kind: 'compressed' },
  { format: 'Snappy', bytes: '\xff\x06\0\0sNaPpY', kind: 'compressed' },
  { format: 'compress', bytes: '\x1f\x9d', kind: 'compressed' },
  { format: 'PDF', bytes: '%PDF-' },
  { format: 'XGBoost model (binary)', bytes: /^(?:binf|bs64)/ },
  { format: 'CatBoost model', bytes: 'CBM1' },
  { format: 'TensorRT engine', bytes: /^[pf]trt/ },
  { format: 'RKNN model', bytes: 'RKNN\0' },
  { format: 'GGML model (before GGUF)', bytes: /^(?:lmgg|fmgg|tjgg|algg)/ },
  { format: 'Feather', bytes: 'FEA1' },
  { format: 'ORC', bytes: /^ORC/ },
  { format: 'Avro', bytes: 'Obj\x01' },
  { format: 'ONNX Runtime model', bytes: 'ORTM', at: 4 },
  { format: 'PyTorch mobile model', bytes: 'PTMF', at: 4 },
  { format: 'MXNet parameters', bytes: '\x12\x01\0\0\0\0\0\0' },
  { format: 'MATLAB data', bytes: 'MATLAB 5.0 MAT-file' },
  { format: 'joblib (before 0.10)', bytes: /^ZF[\s+]*(?:0x)?[\da-f_]+\s*$/i, kind: 'compressed' },
];

/** `Model.proto` of Core ML: kinds of models are fields of their own. And `framework.proto` of PaddlePaddle. */
const KINDS = [
  200, 201, 202, 300, 301, 302, 303, 304, 400, 401, 402, 403, 404, 500, 501, 502, 555, 556, 560, 600, 601, 602, 603,
  604, 606, 607, 609, 610, 900, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 3000,
];
const MODELS: Schema<'coreml' | 'paddle' | 'block'> = schemaOf<'coreml' | 'paddle' | 'block'>({
  coreml: {
    1: 'varint',
    2: 'data',
    10: 'varint',
    ...Object.fromEntries(KINDS.map((kind) => [kind, 'data' as const])),
  },
  paddle: { 1: 'place', 4: 'data', 5: 'data' },
  block: { 1: 'varint', 2: 'varint', 3: 'data', 4: 'data', 5: 'varint' },
});

/** Formats without a signature, by the fields of their messages. */
function matchMessage(file: Source): Signature | undefined {
  const fields = outermostFields(file, MODELS, 'coreml');
  if (fields?.has(1) === true && KINDS.some((kind) => fields.has(kind))) return { format: 'Core ML model', bytes: '' };
  return outermostFields(file, MODELS, 'paddle')?.has(1) === true && holdsBlocks(file)
    ? { format: 'PaddlePaddle model', bytes: '' }
    : undefined;
}

function holdsBlocks(file: Source): boolean {
  const blocks: boolean[] = [];
  try {
    walkMessage(file, MODELS, 'paddle', {
      walked: ({ places }) => {
        for (const { start, end } of (places.get(1) ?? []).slice(0, 100)) {
          const fields = outermostFields(slice(file, 'block', start, end), MODELS, 'block');
          blocks.push(fields?.has(1) === true && fields.has(2) && fields.has(4));
        }
      },
      unknown: () => blocks.push(false),
    });
  } catch (error) {
    if (error instanceof ScanError && error.code !== 'timed_out') return false;
    throw error;
  }
  return blocks.length > 0 && blocks.every((one) => one);
}

/** What is said of each kind. */
const SAID: Readonly<Record<Kind, { readonly rule: string; readonly message: string; readonly fix: string }>> = {
  code: {
    rule: 'executable',
    message: 'machine code has no place among the artifacts of a model',
    fix: 'Drop the file from the output directory.',
  },
  archive: {
    rule: 'unscanned-archive',
    message: 'archives of this format are recognised and not unpacked',
    fix: 'Leave what is in it, or pack it as zip or tar.',
  },
  compressed: {
    rule: 'unscanned-compression',
    message: 'this compression is recognised and not unpacked',
    fix: 'Leave the file uncompressed, or compress it with gzip, bzip2, xz, LZ4 or Zstandard.',
  },
  r: {
    rule: 'unscanned-r-data',
    message: 'objects of R can hold promises, which run code when they are looked at, so no scan here vouches for them',
    fix: 'Leave tables as CSV and models in a format of their library, such as the JSON or UBJSON of XGBoost.',
  },
  pointer: {
    rule: 'unscanned-pointer',
    message: 'the file itself is not here, and what was not read may hold anything',
    fix: 'Fetch it first: `git lfs pull`, or `lfs: true` for actions/checkout.',
  },
  other: {
    rule: 'unscanned-format',
    message: 'this format is recognised but not scanned',
    fix: 'Export the model as ONNX, tables as CSV and plots as an image, or drop the file.',
  },
};

function match(head: Uint8Array): Signature | undefined {
  return SIGNATURES.find((signature) => fits(signature, head) && plausible(signature.format, head));
}

function fits({ bytes, at = 0 }: Signature, head: Uint8Array): boolean {
  if (typeof bytes === 'string') return startsWith(head, bytes, at);
  const size = Math.max(0, Math.min(16, head.length - at));
  // No copy: each of thousands of files is compared with all signatures.
  return bytes.test(Buffer.from(head.buffer, head.byteOffset + Math.min(at, head.length), size).toString('latin1'));
}

/** Short signatures occur in other files by chance: ask for a little more. */
function plausible(format: string, head: Uint8Array): boolean {
  // "MZ…" may begin a text; a program has a NUL within its first bytes.
  if (format.startsWith('Windows')) return head.subarray(0, 64).includes(0);
  // The words may begin a text.
  if (/^(?:XGBoost|CatBoost|MATLAB|TensorRT|ORC|Feather|GGML)/.test(format)) return head.includes(0);
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
      id: 'unscanned-archive',
      title: 'An archive that is not unpacked',
      why: 'What was not read may hold anything.',
    },
    {
      id: 'unscanned-compression',
      title: 'A compression that is not unpacked',
      why: 'What was not read may hold anything.',
    },
    {
      id: 'unscanned-r-data',
      title: 'Serialized objects of R',
      why: 'Reading them in R can run code that they hold.',
      cves: ['CVE-2024-27322'],
    },
    {
      id: 'unscanned-pointer',
      title: 'A pointer in the place of a file',
      why: 'What was not read may hold anything.',
    },
    {
      id: 'unscanned-format',
      title: 'A format that is recognised and not scanned',
      why: 'What was not read may hold anything.',
    },
  ],
  detect: (head, file) => (match(head) ?? matchMessage(file)) !== undefined,
  scan: (file): FormatVerdict => {
    const { format, kind = 'other' } = match(file.read(0, Math.min(file.size, 512))) ??
      matchMessage(file) ?? { format: 'unknown' };
    const { rule, message, fix } = SAID[kind];
    const code = kind === 'code';
    return {
      format,
      verdict: code ? 'finding' : 'unscanned',
      notes: [{ rule, severity: code ? 'high' : 'medium', message: `${format}: ${message}`, fix, offset: 0 }],
    };
  },
};
