import { scanEncoded } from '../encoded-text.ts';
import {
  evidenceOf,
  type Format,
  type FormatVerdict,
  HEAD_SIZE,
  innerPath,
  type Note,
  readExactly,
  type ScanContext,
  ScanError,
  type Source,
  slice,
} from '../format.ts';
import { sourceOf } from '../pickle/nested.ts';
import { whatPickles } from '../pickle/probe.ts';
import { readTensors, type Tensor } from '../safetensors-header.ts';
import { modelConfig } from './model-config.ts';

/** Bytes. The reference implementation takes no longer header. */
const MAX_HEADER = 100_000_000;
const PIECE = 1 << 16;
/** Characters of a text beside the tensors. Those of trainings with many tags have a few million. */
const MAX_METADATA = 8 * 2 ** 20;
/** Larger ones are judged by themselves alone. */
const MAX_PARSED = 1 << 20;
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

/** Tensors and nothing else (https://github.com/huggingface/safetensors): the header must account for every byte of the file,
 * and the texts in it are judged as configurations. */
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
  scan: (file, context): FormatVerdict => {
    const { dataStart, end } = readHeader(file, context);
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

/** Where the header ends, and the last tensor behind it. */
function readHeader(file: Source, context: ScanContext): { readonly dataStart: number; readonly end: number } {
  const length = Number(Buffer.from(readExactly(file, 0, 8)).readBigUInt64LE());
  if (length > MAX_HEADER) throw new ScanError('malformed', `a header of ${length} bytes, more than ${MAX_HEADER}`, 0);
  if (readExactly(file, 8, Math.min(1, length))[0] !== 0x7b)
    throw new ScanError('malformed', 'the header does not begin with {', 8);
  const header = slice(file, 'header', 8, 8 + length);
  checkText(header, context);
  const [starts, ends]: [number[], number[]] = [[], []];
  const found = (tensor: Tensor): void => {
    const [start, end] = rangeOf(tensor);
    starts.push(start);
    ends.push(end);
  };
  readTensors(header, found, (key, value) => scanMetadata(file, key, value, context), context.keep);
  scanEncoded(header, context);
  return { dataStart: 8 + length, end: checkRanges(starts, ends) };
}

/** A text beside the tensors is judged as a configuration, by itself and under its key: some loaders take theirs from there. */
function scanMetadata(file: Source, key: string, value: string, context: ScanContext): void {
  if (value.length > MAX_METADATA)
    throw new ScanError('too_large', `__metadata__ ${evidenceOf(key)} has more than ${MAX_METADATA} characters`, 8);
  const path = innerPath(file, `__metadata__/${key}`);
  const whole = `{${JSON.stringify(key)}: ${value.length <= MAX_PARSED && isJson(value) ? value : JSON.stringify(value)}}`;
  const judged = [value, whole].map((text) => sourceOf(path, Buffer.from(text)));
  const found = judged.find((one) => modelConfig.detect(one.read(0, HEAD_SIZE), one, new Uint8Array(0)));
  if (found !== undefined) context.inside(found);
}

function isJson(text: string): boolean {
  try {
    return /^\s*[[{]/.test(text) && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function checkText(header: Source, { tick }: ScanContext): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (let at = 0; at < header.size; at += PIECE) {
      tick();
      decoder.decode(readExactly(header, at, Math.min(PIECE, header.size - at)), { stream: true });
    }
    decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new ScanError('malformed', 'the header is no UTF-8', 8);
    throw error;
  }
}

function rangeOf({ name, dtype, shape, range }: Tensor): readonly [start: number, end: number] {
  const quoted = evidenceOf(name);
  const bits = BITS.get(dtype);
  if (bits === undefined) throw new ScanError('malformed', `${quoted} has an unknown dtype`, 8);
  const [start = 0, end = -1] = range;
  if (range.length !== 2 || end < start) throw new ScanError('malformed', `${quoted} has no range`, 8);
  const expected = product([...shape, bits]) / 8;
  if (!Number.isInteger(expected) || expected !== end - start)
    throw new ScanError('malformed', `${quoted} has ${end - start} bytes, its shape needs ${expected}`, 8);
  return [start, end];
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

/** Every byte belongs to one tensor; empty ones lie between two others or at an end. Returns where the last one ends. */
function checkRanges(starts: readonly number[], ends: readonly number[]): number {
  const order = Uint32Array.from(starts.keys()).sort(
    (a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || (ends[a] ?? 0) - (ends[b] ?? 0),
  );
  let at = 0;
  for (const index of order) {
    const start = starts[index] ?? 0;
    if (start !== at)
      throw new ScanError('malformed', `a tensor begins at ${start}, expected ${at}: a gap or an overlap`, 8);
    at = ends[index] ?? 0;
  }
  return at;
}
