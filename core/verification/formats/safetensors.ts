import { readRecord } from '../../data/json-text.ts';
import {
  evidenceOf,
  type Format,
  type FormatVerdict,
  type Note,
  readExactly,
  ScanError,
  type Source,
} from '../format.ts';
import { whatPickles } from '../pickle/probe.ts';

/** Bytes. The reference implementation takes no longer header. */
const MAX_HEADER = 100_000_000;
/** Bits of an element (safetensors 0.7, `Dtype`). Two of F4 share a byte, four of F6 share three. */
const BITS: ReadonlyMap<string, number> = new Map([
  ...(['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E5M2FNUZ', 'F8_E4M3FNUZ'] as const).map(
    (name) => [name, 8] as const,
  ),
  ...(['I16', 'U16', 'F16', 'BF16'] as const).map((name) => [name, 16] as const),
  ...(['I32', 'U32', 'F32'] as const).map((name) => [name, 32] as const),
  ...(['I64', 'U64', 'F64', 'C64'] as const).map((name) => [name, 64] as const),
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
]);

interface Tensor {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Tensors and nothing else (https://github.com/huggingface/safetensors): the header must account for every byte of the file. */
export const safetensors: Format = {
  name: 'safetensors',
  rules: [
    {
      id: 'safetensors-trailing-data',
      title: 'Data behind the last tensor',
      why: 'What follows the tensors is read by some other loader.',
    },
  ],
  detect: (head, file) => looksLikeHeader(head) && whatPickles(file) === null,
  scan: (file): FormatVerdict => {
    const { dataStart, tensors } = readHeader(file);
    const end = checkRanges(tensors);
    if (end > file.size - dataStart)
      throw new ScanError(
        'malformed',
        `the tensors need ${end} bytes, the file has ${file.size - dataStart}`,
        dataStart,
      );
    const notes: Note[] = [];
    if (dataStart + end < file.size) {
      const message = `${file.size - dataStart - end} bytes that belong to no tensor`;
      const fix = 'Save the tensors again with a current version of safetensors.';
      notes.push({ rule: 'safetensors-trailing-data', severity: 'high', message, fix, offset: dataStart + end });
    }
    return { format: 'safetensors', verdict: notes.length > 0 ? 'finding' : 'clean', notes };
  },
};

/** A little-endian length, as text or JSON has no zeros there, and an object. */
function looksLikeHeader(head: Uint8Array): boolean {
  return head[8] === 0x7b && head[5] === 0 && head[6] === 0 && head[7] === 0;
}

function readHeader(file: Source): { readonly dataStart: number; readonly tensors: readonly Tensor[] } {
  const length = Number(Buffer.from(readExactly(file, 0, 8)).readBigUInt64LE());
  if (length > MAX_HEADER) throw new ScanError('malformed', `a header of ${length} bytes, more than ${MAX_HEADER}`, 0);
  const bytes = readExactly(file, 8, length);
  if (bytes[0] !== 0x7b) throw new ScanError('malformed', 'the header does not begin with {', 8);
  let text: string;
  try {
    // A byte order mark must stay, to be refused.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ScanError('malformed', 'the header is no UTF-8', 8);
  }
  const strict = readRecord(text);
  if (!strict.ok) throw new ScanError('malformed', `the header: ${strict.message}`, 8);
  const header: unknown = JSON.parse(text);
  const tensors: Tensor[] = [];
  for (const [name, value] of entriesOf(header, 'the header')) {
    if (name === '__metadata__') checkMetadata(value);
    else tensors.push(tensorOf(name, value));
  }
  return { dataStart: 8 + length, tensors };
}

function entriesOf(value: unknown, what: string): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ScanError('malformed', `${what} is no object`, 8);
  return Object.entries(value);
}

function checkMetadata(value: unknown): void {
  for (const [key, text] of entriesOf(value, '__metadata__')) {
    if (typeof text !== 'string') throw new ScanError('malformed', `__metadata__ ${evidenceOf(key)} is no text`, 8);
  }
}

function tensorOf(name: string, value: unknown): Tensor {
  const quoted = evidenceOf(name);
  const fields = new Map(entriesOf(value, quoted));
  const bits = BITS.get(String(fields.get('dtype')));
  const [shape, range] = [numbersOf(fields.get('shape')), numbersOf(fields.get('data_offsets'))];
  if (fields.size !== 3 || typeof fields.get('dtype') !== 'string' || shape === null || range === null)
    throw new ScanError('malformed', `${quoted} has not just a dtype, shape and data_offsets`, 8);
  if (bits === undefined) throw new ScanError('malformed', `${quoted} has an unknown dtype`, 8);
  const [start = 0, end = -1] = range;
  if (range.length !== 2 || end < start) throw new ScanError('malformed', `${quoted} has no range`, 8);
  const expected = product([...shape, bits]) / 8;
  if (!Number.isInteger(expected) || expected !== end - start)
    throw new ScanError('malformed', `${quoted} has ${end - start} bytes, its shape needs ${expected}`, 8);
  return { name, start, end };
}

/** Refuses what overflows before a zero makes nothing of it: readers multiply in order. */
function product(factors: readonly number[]): number {
  let result = 1;
  for (const factor of factors) {
    result *= factor;
    if (!Number.isSafeInteger(result)) throw new ScanError('malformed', 'a shape that overflows', 8);
  }
  return result;
}

function numbersOf(value: unknown): readonly number[] | null {
  if (!Array.isArray(value)) return null;
  const items: readonly unknown[] = value;
  const numbers = items.filter((item): item is number => Number.isSafeInteger(item) && Number(item) >= 0);
  return numbers.length === items.length ? numbers : null;
}

/** Every byte belongs to one tensor; empty ones lie between two others or at an end. Returns where the last one ends. */
function checkRanges(tensors: readonly Tensor[]): number {
  let at = 0;
  for (const { name, start, end } of [...tensors].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== at)
      throw new ScanError(
        'malformed',
        `${evidenceOf(name)} begins at ${start}, expected ${at}: a gap or an overlap`,
        8,
      );
    at = end;
  }
  return at;
}
