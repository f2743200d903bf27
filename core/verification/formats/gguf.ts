import { scanEmbedded } from '../embedded-text.ts';
import { scanEncoded } from '../encoded-text.ts';
import {
  evidenceOf,
  type Format,
  type FormatVerdict,
  type Note,
  readExactly,
  type ScanContext,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';
import { GgufReader, TEXT, UINT32 } from '../gguf-reader.ts';
import { GGML_TYPES } from '../gguf-types.ts';
import { jinjaProblems } from '../jinja.ts';
import { SHORTEST_RAW } from '../pickle/nested.ts';
import { PickleScan } from '../pickle/scan.ts';
import { startOf } from '../pickle/start.ts';

const MAX_NAME = 65_535;
/** Bytes of the name of a tensor, for which ggml has room with a zero behind it. */
const MAX_TENSOR_NAME = 63;
/** Bytes from which on a text in a list is no word, and could be a configuration; of JSON, which begins like one. */
const LONG = 48;
const SHORT = 16;
/** Keys, and tensors: the largest published models have some thousands. */
const MAX_ENTRIES = 1_000_000;
const MAX_DIMENSIONS = 4;
const MAX_ALIGNMENT = 65_536;

interface Tensor {
  readonly offset: number;
  readonly bytes: number;
  readonly at: number;
}

/** GGUF 2 and 3 of either order of bytes (`docs/gguf.md` of ggml). The header must account for every byte; no tensor is read. */
export const gguf: Format = {
  name: 'gguf',
  rules: [
    {
      id: 'gguf-chat-template',
      title: 'A chat template that reaches for the interpreter',
      why: 'Whoever renders it without a sandbox runs the code of whoever wrote it.',
      cves: ['CVE-2024-34359', 'CVE-2026-5760'],
    },
    {
      id: 'gguf-trailing-data',
      title: 'Data that no tensor has',
      why: 'What lies behind or between the tensors is read by some other loader.',
    },
  ],
  // A text may begin with the word; numbers of 8 bytes have zeros.
  detect: (head) => startsWith(head, 'GGUF') && head.subarray(4, 24).some((byte) => byte < 9),
  scan: (file, context): FormatVerdict => {
    const notes: Note[] = [];
    const version = Buffer.from(readExactly(file, 4, 4));
    const big = version.readUInt16LE() === 0;
    const number = big ? version.readUInt32BE() : version.readUInt32LE();
    if (number === 1) throw new ScanError('unsupported', 'version 1 of GGUF, which nothing writes any more', 4);
    if (number !== 2 && number !== 3) throw new ScanError('malformed', `version ${number} of GGUF`, 4);
    const reader = new GgufReader(file, 8, big, context.tick);
    const tensorCount = reader.uint64();
    const keyCount = reader.uint64();
    if (tensorCount > MAX_ENTRIES || keyCount > MAX_ENTRIES)
      throw new ScanError('malformed', `${tensorCount} tensors and ${keyCount} keys`, 8);
    const alignment = readKeys(file, reader, keyCount, notes, context);
    const tensors = readTensors(reader, tensorCount, alignment, context);
    checkData(file, reader.position, tensors, alignment, notes);
    return { format: 'gguf', verdict: notes.length > 0 ? 'finding' : 'clean', notes };
  },
};

/** Judges the templates, looks into the other texts, and returns the alignment. */
function readKeys(file: Source, reader: GgufReader, count: number, notes: Note[], context: ScanContext): number {
  const keys = new Set<string>();
  let alignment = 32;
  for (let index = 0; index < count; index += 1) {
    context.tick();
    const at = reader.position;
    const key = reader.text(MAX_NAME);
    if (keys.has(key)) throw new ScanError('malformed', `the key ${evidenceOf(key)} twice`, at);
    context.keep(2 * key.length + 64);
    keys.add(key);
    const type = reader.uint32();
    if (key === 'general.alignment') {
      if (type !== UINT32) throw new ScanError('malformed', 'an alignment that is no 32-bit number', at);
      alignment = reader.uint32();
    } else if (key.includes('chat_template')) {
      reader.value(type, (template, where) => judge(template, where, notes));
    } else if (type === TEXT) scanEmbedded(slice(file, 'metadata', ...reader.place()), context);
    else scanList(file, reader, type, context);
  }
  if (alignment < 1 || alignment > MAX_ALIGNMENT || !Number.isInteger(Math.log2(alignment)))
    throw new ScanError('malformed', `an alignment of ${alignment}, no power of two up to ${MAX_ALIGNMENT}`, 8);
  return alignment;
}

/** Words of a vocabulary, hundreds of thousands of them: each is told by how it begins, and all are looked into at once. */
function scanList(file: Source, reader: GgufReader, type: number, context: ScanContext): void {
  const from = reader.position;
  let texts = false;
  reader.places(type, (start, end, head) => {
    texts = true;
    const length = end - start;
    const json = length >= SHORT && (head[0] === 0x7b || head[0] === 0x5b);
    if (length >= LONG || json) scanEmbedded(slice(file, 'metadata', start, end), context);
    else if (length >= SHORTEST_RAW && startOf(head, length) !== null)
      new PickleScan(slice(file, 'metadata', start, end), context, {}).content(0, length, head.slice());
  });
  // The lengths between the texts end words, as blanks do.
  if (texts) scanEncoded(slice(file, 'metadata', from, reader.position), context);
}

function judge(template: string, offset: number, notes: Note[]): void {
  for (const problem of jinjaProblems(template)) {
    if (notes.length >= 50) return;
    notes.push({
      rule: 'gguf-chat-template',
      severity: problem.kind === 'unreadable' ? 'medium' : 'critical',
      message: `a chat template that no loader should render: ${problem.message}`,
      fix: 'Take the chat template from the model’s publisher, or remove it from the file.',
      offset,
      evidence: evidenceOf(problem.evidence),
    });
  }
}

function readTensors(reader: GgufReader, count: number, alignment: number, context: ScanContext): readonly Tensor[] {
  const names = new Set<string>();
  const tensors: Tensor[] = [];
  for (let index = 0; index < count; index += 1) {
    context.tick();
    const at = reader.position;
    const name = reader.text(MAX_TENSOR_NAME);
    if (names.has(name)) throw new ScanError('malformed', `the tensor ${evidenceOf(name)} twice`, at);
    context.keep(2 * name.length + 160);
    names.add(name);
    const dimensions = reader.uint32();
    if (dimensions > MAX_DIMENSIONS) throw new ScanError('malformed', `a tensor of ${dimensions} dimensions`, at);
    const shape = Array.from({ length: dimensions }, () => reader.uint64());
    const bytes = sizeOf(shape, reader.uint32(), at);
    const offset = reader.uint64();
    if (offset % alignment !== 0) throw new ScanError('malformed', `an offset of ${offset}, which is not aligned`, at);
    tensors.push({ offset, bytes, at });
  }
  return tensors;
}

function sizeOf(shape: readonly number[], type: number, at: number): number {
  const block = GGML_TYPES.get(type);
  if (block === undefined) throw new ScanError('malformed', `a tensor of the unknown type ${type}`, at);
  const [elements, bytes] = block;
  if ((shape[0] ?? 1) % elements !== 0)
    throw new ScanError('malformed', `a row of ${shape[0]} elements, no multiple of ${elements}`, at);
  let size = bytes;
  for (const length of [(shape[0] ?? 1) / elements, ...shape.slice(1)]) {
    size *= length;
    if (!Number.isSafeInteger(size * elements)) throw new ScanError('malformed', 'a shape that overflows', at);
  }
  return size;
}

/** The tensors must follow one another with no more than zeros to align them, and end with the file. */
function checkData(
  file: Source,
  headerEnd: number,
  tensors: readonly Tensor[],
  alignment: number,
  notes: Note[],
): void {
  const start = tensors.length === 0 ? headerEnd : pad(headerEnd, alignment);
  let end = headerEnd;
  for (const { offset, bytes, at } of [...tensors].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
    const begins = start + offset;
    if (begins < end) throw new ScanError('malformed', 'tensors overlap', at);
    if (begins > pad(end, alignment)) throw new ScanError('malformed', 'a gap before a tensor', at);
    checkZeros(file, end, begins, notes);
    end = begins + bytes;
    if (end > file.size) throw new ScanError('malformed', `a tensor ends at ${end}, the file at ${file.size}`, at);
  }
  if (file.size > pad(end, alignment)) trailing(`${file.size - end} bytes behind the last tensor`, end, notes);
  else checkZeros(file, end, file.size, notes);
}

function pad(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

function checkZeros(file: Source, start: number, end: number, notes: Note[]): void {
  if (readExactly(file, start, end - start).some((byte) => byte !== 0))
    trailing('bytes other than zero that align a tensor', start, notes);
}

function trailing(message: string, offset: number, notes: Note[]): void {
  const fix = 'Write the file again with a current version of gguf.';
  if (notes.length < 50) notes.push({ rule: 'gguf-trailing-data', severity: 'high', message, fix, offset });
}
