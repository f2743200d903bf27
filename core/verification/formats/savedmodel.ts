import { leavesFolder } from '../config/note.ts';
import { scanEmbedded } from '../embedded-text.ts';
import {
  evidenceOf,
  type Format,
  type FormatVerdict,
  HEAD_SIZE,
  type Note,
  readExactly,
  type ScanContext,
  ScanError,
  type Source,
  slice,
} from '../format.ts';
import { outermostFields, type Range, type Walked, walkMessage } from '../protobuf.ts';
import { EFFECTS, type Effect, FROM_FILE, RESTORING, SAID, SAVING } from '../tensorflow/effects.ts';
import { GraphCollector, type GraphNode, type MetaGraph } from '../tensorflow/graph.ts';
import { OPERATORS } from '../tensorflow/operators.ts';
import { type Misplaced, misplaced } from '../tensorflow/reach.ts';
import { TENSORFLOW, type TensorflowMessage } from '../tensorflow/schema.ts';

/** Bytes of comments before a model that is written as text. */
const MAX_COMMENTS = 1 << 20;
/** Bytes below which a text is too short to be a configuration or a pickle that does something. */
const SHORT = 12;
const FIX = 'Export the model without this operator, or as ONNX.';

/**
 * SavedModels of TensorFlow: the graph and its functions are walked without loading a weight. An operator passes if it is
 * listed as one that only computes; saving and restoring pass where nothing but saving and restoring leads to them.
 */
export const savedmodel: Format = {
  name: 'savedmodel',
  rules: [
    {
      id: 'savedmodel-operator',
      title: 'An operator that reaches files, the network or an interpreter',
      why: 'Loading or using the model evaluates the graph, and its operators have the rights of the process.',
    },
    {
      id: 'savedmodel-custom-operator',
      title: 'An operator that is not listed as part of TensorFlow',
      why: 'Loading it needs native code that somebody else supplies.',
    },
    {
      id: 'savedmodel-asset-path',
      title: 'An asset outside of the model',
      why: 'Other files of the machine that loads the model are read.',
    },
    {
      id: 'savedmodel-unknown-field',
      title: 'A field that no known version of TensorFlow has',
      why: 'A newer or altered runtime may act on what the scan could not judge.',
    },
  ],
  detect: (head, file) => looksLikeStart(head) || isWritten(head, file) || looksLikeSavedModel(file),
  scan: (file, context): FormatVerdict => {
    if (isWritten(file.read(0, HEAD_SIZE), file)) throw new ScanError('unsupported', 'a SavedModel written as text', 0);
    const notes = new Scan(file, context).notes();
    return { format: 'SavedModel', verdict: notes.length > 0 ? 'finding' : 'clean', notes };
  },
};

/** Version 1 of the schema, then a graph that begins with its description: a cut or broken model is judged as one, too. */
function looksLikeStart(head: Uint8Array): boolean {
  if (head[0] !== 0x08 || head[1] !== 0x01 || head[2] !== 0x12) return false;
  let at = 3;
  while (at < 13 && (head[at] ?? 0) >= 0x80) at += 1;
  const first = head[at + 1];
  // The name of a producer, which ONNX has there, begins with no control character.
  return first === 0x0a || first === 0x12;
}

/** `saved_model.pbtxt`: one of the two fields comes first, behind comments at most. */
function isWritten(head: Uint8Array, file: Source): boolean {
  if (!/^[\s#ms]/.test(String.fromCharCode(head[0] ?? 0))) return false;
  const start = Buffer.from(file.read(0, MAX_COMMENTS)).toString('latin1');
  const field = start.search(/^[^\S\n]*[^\s#]/m);
  // Comments alone, and more of the file.
  if (field < 0) return file.size > MAX_COMMENTS;
  return /^\s*(?:meta_graphs\s*(?:#|:|\{|<|$)|saved_model_schema_version\b)/.test(start.slice(field, field + 200));
}

function looksLikeSavedModel(file: Source): boolean {
  const fields = outermostFields(file, TENSORFLOW, 'savedModel');
  if (fields?.has(2) !== true) return false;
  const models: boolean[] = [];
  try {
    walkMessage(file, OUTER, 'savedModel', {
      walked: ({ message, places }) => {
        if (message !== 'savedModel') return;
        for (const { start, end } of places.get(2) ?? [])
          models.push(outermostFields(slice(file, 'graph', start, end), TENSORFLOW, 'metaGraph')?.has(2) === true);
      },
      unknown: () => models.push(false),
    });
  } catch {
    return false;
  }
  return models.every((one) => one);
}

/** Where the graphs lie, without what is in them. */
const OUTER = { savedModel: new Map([[1, 'varint'] as const, [2, 'place'] as const]) };

class Scan {
  readonly #file: Source;
  readonly #context: ScanContext;
  readonly #notes: Note[] = [];
  #unlisted: GraphNode[] = [];

  constructor(file: Source, context: ScanContext) {
    this.#file = file;
    this.#context = context;
  }

  notes(): readonly Note[] {
    const collector = new GraphCollector(this.#file, this.#context.keep);
    walkMessage(this.#file, TENSORFLOW, 'savedModel', {
      tick: this.#context.tick,
      walked: (walked) => {
        const node = collector.node(walked);
        if (node !== null) this.#judge(node);
        this.#metadata(walked);
        if (walked.message === 'value') for (const place of walked.places.get(2) ?? []) this.#constant(place);
        const graph = collector.graph(walked);
        if (graph !== null) this.#graph(graph);
      },
      text: (place) => this.#constant(place),
      unknown: (message, field, at) =>
        this.#add('savedmodel-unknown-field', 'medium', `field ${field} of a ${message} is not known here`, at, ''),
    });
    return this.#notes;
  }

  #judge(node: GraphNode): void {
    const effect = EFFECTS.get(node.op) ?? this.#byAttributes(node);
    if (effect !== undefined) this.#effect(effect, node);
    else if (!isKnown(node.op) && this.#unlisted.length < 1000) this.#unlisted.push(node);
  }

  /** Operators that are harmless with most of the attributes that they can have. */
  #byAttributes(node: GraphNode): Effect | undefined {
    if (node.op === 'PrintV2') {
      const stream = this.#text(node, 'output_stream') ?? 'stderr';
      return /^(?:stdout|stderr|log\((?:info|warning|error)\))$/.test(stream) ? undefined : 'writes';
    }
    if (node.op !== 'EncodeProto' && node.op !== 'DecodeProtoV2') return undefined;
    const source = this.#text(node, 'descriptor_source') ?? '';
    return source === '' || source === 'local://' || source.startsWith('bytes://') ? undefined : 'reads';
  }

  /** Its first 200 bytes. */
  #text(node: GraphNode, attribute: string): string | undefined {
    const range = node.texts.get(attribute);
    if (range === undefined) return undefined;
    return Buffer.from(readExactly(this.#file, range.start, Math.min(200, range.end - range.start))).toString('utf8');
  }

  #effect(effect: Effect, { op, at }: GraphNode): void {
    const severity = effect === 'reads' ? 'high' : 'critical';
    this.#add('savedmodel-operator', severity, `an operator that ${SAID[effect]}`, at, op);
  }

  /** A text of an attribute or a constant, which operators and whoever reads the model may take for a pickle or a configuration. */
  #constant({ start, end }: Range): void {
    if (end - start >= SHORT) scanEmbedded(slice(this.#file, `text@${start}`, start, end), this.#context);
  }

  /** Keras kept configurations of layers beside the objects, where a Lambda may be. */
  #metadata({ message, places, names }: Walked<TensorflowMessage>): void {
    if (message === 'asset')
      for (const name of names.get(2) ?? [])
        if (leavesFolder(name))
          this.#add('savedmodel-asset-path', 'critical', 'an asset is read from outside of the model', 0, name);
    if (message !== 'userObject') return;
    for (const { start, end } of places.get(3) ?? [])
      if (end > start) this.#context.inside(slice(this.#file, `metadata@${start}`, start, end));
  }

  #graph(graph: MetaGraph): void {
    for (const node of this.#unlisted)
      if (!graph.functions.has(node.op))
        this.#add('savedmodel-custom-operator', 'high', 'an operator that is not listed here', node.at, node.op);
    this.#unlisted = [];
    for (const { node, kind } of misplaced(graph))
      this.#add('savedmodel-operator', kind === 'saves' ? 'critical' : 'high', MISPLACED[kind], node.at, node.op);
  }

  #add(rule: string, severity: Note['severity'], message: string, offset: number, evidence: string): void {
    if (this.#notes.length < 50)
      this.#notes.push({ rule, severity, message, fix: FIX, offset, evidence: evidenceOf(evidence) });
  }
}

const MISPLACED: Readonly<Record<Misplaced['kind'], string>> = {
  saves: 'an operator that writes a checkpoint and is reached by more than saving the model',
  restores: 'an operator that reads a checkpoint and is reached by using the model',
  vocabulary: 'a table that is filled from a file that is not shown to be an asset of the model',
};

function isKnown(op: string): boolean {
  return (
    OPERATORS.has(op) ||
    SAVING.has(op) ||
    RESTORING.has(op) ||
    FROM_FILE.has(op) ||
    op === 'PrintV2' ||
    op === 'EncodeProto' ||
    op === 'DecodeProtoV2'
  );
}
