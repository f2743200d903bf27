import { scanEmbedded } from '../embedded-text.ts';
import { FlatBuffer, type Table, type Vector } from '../flatbuffer.ts';
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
import type { Range } from '../protobuf.ts';
import { EFFECTS, FROM_FILE, RESTORING, SAID, SAVING } from '../tensorflow/effects.ts';
import { operatorsOf } from '../tensorflow/flex.ts';
import { OPERATORS } from '../tensorflow/operators.ts';

/** Operators by their numbers (`schema.fbs`, version 3c). */
const CUSTOM = 32;
const DELEGATE = 51;
const IF = 118;
const WHILE = 119;
const CALL_ONCE = 129;
const STABLEHLO_CUSTOM_CALL = 173;
/** Of tensors. */
const TEXTS = 5;
/** Bytes below which a text is too short to be a configuration or a pickle that does something. */
const SHORT = 12;
/** Custom by name, and part of every runtime (`register.cc`). */
const IN_RUNTIME: ReadonlySet<string> = new Set([
  'TFLite_Detection_PostProcess',
  'Mfcc',
  'AudioSpectrogram',
  'NumericVerify',
]);
/** Bits of an element by `TensorType`; texts, resources and variants have sizes of their own. */
const BITS: readonly number[] = [32, 16, 32, 8, 64, 0, 8, 16, 64, 8, 64, 128, 64, 0, 0, 32, 16, 4, 16, 2, 4, 8, 8];

/** TensorFlow Lite and LiteRT: a FlatBuffer, walked without loading a weight. Indices and sizes must fit one another. */
export const tflite: Format = {
  name: 'tflite',
  rules: [
    {
      id: 'tflite-operator',
      title: 'An operator of TensorFlow that reaches files, the network or an interpreter',
      why: 'Using the model evaluates the operator, which has the rights of the process.',
    },
    {
      id: 'tflite-custom-operator',
      title: 'An operator that is not part of TensorFlow Lite',
      why: 'Loading it needs native code that somebody else supplies.',
    },
    {
      id: 'tflite-external-data',
      title: 'Weights in another file',
      why: 'A path chosen by the model is opened: other files are read into the model.',
    },
  ],
  detect: (head) => startsWith(head, 'TFL3', 4),
  scan: (file, context): FormatVerdict => {
    const notes = new Scan(file, context).notes();
    return { format: 'TensorFlow Lite', verdict: notes.length > 0 ? 'finding' : 'clean', notes };
  },
};

/** How many of each the model has, which indices must stay below. */
interface Counts {
  readonly buffers: readonly Range[];
  readonly operators: readonly OperatorCode[];
  readonly graphs: number;
}

interface OperatorCode {
  readonly number: number;
  /** Of one that is none of TensorFlow Lite's own, and that its name does not tell against; else empty. */
  readonly custom: string;
}

class Scan {
  readonly #file: Source;
  readonly #reader: FlatBuffer;
  readonly #context: ScanContext;
  readonly #tick: () => void;
  readonly #notes: Note[] = [];

  constructor(file: Source, context: ScanContext) {
    this.#file = file;
    this.#context = context;
    this.#tick = context.tick;
    this.#reader = new FlatBuffer(file, context.tick);
  }

  notes(): readonly Note[] {
    const reader = this.#reader;
    const model = reader.root();
    if (reader.uint32(model, 0) !== 3)
      throw new ScanError('malformed', `version ${reader.uint32(model, 0)} of the schema`, model.at);
    const operators = Array.from(reader.tables(model, 1), (code) => this.#operatorCode(code));
    const buffers = Array.from(reader.tables(model, 4), (buffer) => this.#buffer(buffer));
    const counts: Counts = {
      operators,
      buffers,
      graphs: reader.vector(model, 2, 4).length,
    };
    for (const graph of reader.tables(model, 2)) this.#graph(graph, counts);
    this.#metadata(model, buffers);
    for (const signature of reader.tables(model, 7))
      this.#below(reader.uint32(signature, 4), counts.graphs, 'graph', signature.at);
    for (const group of reader.tables(model, 8))
      this.#add('tflite-external-data', 'high', 'weights in another file', group.at, reader.text(group, 0));
    if (reader.vector(model, 9, 4).length > 0 && this.#notes.length === 0)
      this.#add('tflite-external-data', 'high', 'weights outside of the file', model.at, '');
    return this.#notes;
  }

  /** The operator, after it was judged by its name. The larger of two numbers counts: one byte was once enough. */
  #operatorCode(code: Table): OperatorCode {
    const numbers = [this.#reader.int8(code, 0), this.#reader.int32(code, 3)];
    const name = this.#reader.text(code, 1);
    const before = this.#notes.length;
    const custom = numbers.includes(CUSTOM);
    if (custom) this.#custom(name, code.at);
    else if (numbers.includes(DELEGATE) || numbers.includes(STABLEHLO_CUSTOM_CALL))
      this.#add('tflite-custom-operator', 'high', 'an operator that other code stands for', code.at, name);
    return { number: Math.max(...numbers), custom: custom && this.#notes.length === before ? name : '' };
  }

  #custom(name: string, at: number): void {
    if (IN_RUNTIME.has(name)) return;
    const flex = name.startsWith('Flex') ? name.slice(4) : null;
    if (flex !== null && OPERATORS.has(flex)) return;
    const effect = flex === null ? undefined : EFFECTS.get(flex);
    const reaches = effect !== undefined || (flex !== null && TOUCHES_FILES.some((names) => names.has(flex)));
    if (!reaches) this.#add('tflite-custom-operator', 'high', 'an operator that needs native code', at, name);
    else {
      const severity = effect === 'reads' ? 'high' : 'critical';
      const message = `an operator of TensorFlow that ${effect === undefined ? 'reads or writes files' : SAID[effect]}`;
      this.#add('tflite-operator', severity, message, at, name);
    }
  }

  /** Where its bytes lie; data of large models lies behind the FlatBuffer. */
  #buffer(buffer: Table): Range {
    const offset = this.#reader.uint64(buffer, 1);
    if (offset > 1) return this.#range(offset, this.#reader.uint64(buffer, 2), buffer.at);
    const { start, length } = this.#reader.vector(buffer, 0, 1);
    return { start, end: start + length };
  }

  #range(offset: number, size: number, at: number): Range {
    if (offset + size > this.#file.size)
      throw new ScanError('malformed', `${size} bytes at ${offset} go past the end`, at);
    return { start: offset, end: offset + size };
  }

  /** What stands beside the graphs under a name is for whoever asks for it, and no numbers of the model. */
  #metadata(model: Table, buffers: readonly Range[]): void {
    const seen = new Set<number>();
    for (const metadata of this.#reader.tables(model, 6)) {
      const index = this.#reader.uint32(metadata, 1);
      this.#below(index, buffers.length, 'buffer', metadata.at);
      const { start, end } = buffers[index] ?? { start: 0, end: 0 };
      if (start === end || seen.has(index)) continue;
      seen.add(index);
      scanEmbedded(slice(this.#file, `metadata@${start}`, start, end), this.#context);
    }
  }

  #graph(graph: Table, counts: Counts): void {
    const reader = this.#reader;
    const tensors = reader.vector(graph, 0, 4).length;
    for (const tensor of reader.tables(graph, 0)) this.#tensor(tensor, counts.buffers);
    for (const field of [1, 2]) this.#indices(reader.vector(graph, field, 4), 0, tensors, graph.at);
    for (const operator of reader.tables(graph, 3)) {
      const code = reader.uint32(operator, 0);
      this.#below(code, counts.operators.length, 'operator', operator.at);
      // An input that is left out is -1.
      for (const field of [1, 2, 8]) this.#indices(reader.vector(operator, field, 4), -1, tensors, operator.at);
      if (reader.uint64(operator, 9) > 1)
        this.#range(reader.uint64(operator, 9), reader.uint64(operator, 10), operator.at);
      this.#callees(operator, counts.operators[code]?.number ?? 0, counts.graphs);
      this.#node(operator, counts.operators[code]?.custom ?? '');
    }
  }

  /** What an operator of TensorFlow evaluates is the node in its options, whatever the operator itself is called. */
  #node(operator: Table, name: string): void {
    if (!name.startsWith('Flex')) return;
    const reader = this.#reader;
    const near = reader.vector(operator, 5, 1);
    const offset = reader.uint64(operator, 9);
    const [start, length] = offset > 1 ? [offset, reader.uint64(operator, 10)] : [near.start, near.length];
    for (const found of operatorsOf(slice(this.#file, 'options', start, start + length), this.#tick)) {
      if (found !== name.slice(4))
        this.#add('tflite-operator', 'critical', `a ${name} that evaluates another operator`, operator.at, found);
    }
  }

  #callees(operator: Table, code: number, graphs: number): void {
    const fields = code === IF || code === WHILE ? [0, 1] : code === CALL_ONCE ? [0] : [];
    const options = fields.length === 0 ? null : this.#reader.table(operator, 4);
    if (options === null) return;
    for (const field of fields) this.#below(this.#reader.uint32(options, field), graphs, 'graph', options.at);
  }

  /** What a tensor is given must have just the size of its shape: the runtime asks for it, too. */
  #tensor(tensor: Table, buffers: readonly Range[]): void {
    const reader = this.#reader;
    const buffer = reader.uint32(tensor, 2);
    this.#below(buffer, buffers.length, 'buffer', tensor.at);
    const bits = BITS[reader.int8(tensor, 1)];
    if (bits === undefined) throw new ScanError('malformed', 'a tensor of an unknown type', tensor.at);
    const range = buffers[buffer] ?? { start: 0, end: 0 };
    const size = range.end - range.start;
    const sparse = reader.table(tensor, 6) !== null;
    const shape = reader.vector(tensor, 0, 4);
    let elements = 1;
    for (let index = 0; index < shape.length; index += 1) {
      const length = reader.int32At(shape, index);
      if (length < -1) throw new ScanError('malformed', `a shape with ${length}`, tensor.at);
      elements *= length;
      if (!Number.isSafeInteger(elements * 128)) throw new ScanError('malformed', 'a shape that overflows', tensor.at);
    }
    if (reader.int8(tensor, 1) === TEXTS) this.#texts(range);
    if (size === 0 || sparse || bits === 0) return;
    const expected = Math.ceil((elements * bits) / 8);
    if (size !== expected)
      throw new ScanError('malformed', `a tensor of ${size} bytes, its shape needs ${expected}`, tensor.at);
  }

  /** Constants of text: their count, where each begins and the last one ends, then the texts (`string_util.h`). */
  #texts({ start, end }: Range): void {
    const buffer = slice(this.#file, `texts@${start}`, start, end);
    if (buffer.size < 8) return;
    const word = (at: number): number => Buffer.from(readExactly(buffer, at, 4)).readInt32LE();
    const count = word(0);
    if (count < 0 || 8 + 4 * count > buffer.size) throw new ScanError('malformed', `${count} texts`, start);
    for (let index = 0; index < count; index += 1) {
      this.#tick();
      const [from, to] = [word(4 + 4 * index), word(8 + 4 * index)];
      if (to - from >= SHORT) scanEmbedded(slice(buffer, `text@${start + from}`, from, to), this.#context);
    }
  }

  #indices(vector: Vector, least: number, count: number, at: number): void {
    for (let index = 0; index < vector.length; index += 1) {
      const value = this.#reader.int32At(vector, index);
      if (value < least || value >= count)
        throw new ScanError('malformed', `tensor ${value} of ${count}, which is not there`, at);
    }
  }

  #below(value: number, count: number, what: string, at: number): void {
    if (value >= count) throw new ScanError('malformed', `${what} ${value} of ${count}, which is not there`, at);
  }

  #add(rule: string, severity: Note['severity'], message: string, offset: number, evidence: string): void {
    const fix = 'Convert the model with operators of TensorFlow Lite alone and all weights inside.';
    if (this.#notes.length < 50)
      this.#notes.push({ rule, severity, message, fix, offset, evidence: evidenceOf(evidence) });
  }
}

/** Also those that are harmless to a SavedModel in their place or with their attributes, which here are not read. */
const TOUCHES_FILES: readonly ReadonlySet<string>[] = [
  SAVING,
  RESTORING,
  FROM_FILE,
  new Set(['PrintV2', 'EncodeProto', 'DecodeProtoV2']),
];
