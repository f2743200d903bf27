import { Cursor } from '../cursor.ts';
import { evidenceOf, ScanError, type Source } from '../format.ts';
import { type Range, readVarint, type Walked } from '../protobuf.ts';
import { FROM_FILE, RESTORING, SAVING } from './effects.ts';
import type { TensorflowMessage } from './schema.ts';

/** Bytes that a node or another entry takes beside its names, and each of its names. */
const ENTRY = 160;
const NAME = 40;
const MAX_TEXTS = 1000;
const NO_TEXTS: ReadonlyMap<string, Range> = new Map();

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:output` or `^node` for what must only come before. */
  readonly inputs: readonly string[];
  /** Functions that its attributes name. */
  readonly calls: readonly string[];
  /** Attributes that are one string, by name; forgotten in a graph. */
  readonly texts: ReadonlyMap<string, Range>;
  readonly at: number;
}

export interface GraphFunction {
  readonly parameters: readonly string[];
  /** Those that call functions, save, restore or read a vocabulary; of the others nothing more is asked. */
  readonly nodes: readonly GraphNode[];
}

/** One MetaGraphDef. Nothing in it is checked: names may lead nowhere. */
export interface MetaGraph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly functions: ReadonlyMap<string, GraphFunction>;
  /** Tensors and nodes that loading or using the model evaluates, as in `inputs`. */
  readonly roots: readonly string[];
  readonly restore: readonly string[];
  /** Functions that can be called by name, with the objects that are their last arguments. */
  readonly callable: ReadonlyMap<string, readonly number[]>;
  /** Tensors that are given the paths of assets. */
  readonly assets: ReadonlySet<string>;
  /** Whether each object is an asset. */
  readonly objects: readonly boolean[];
}

interface Open {
  nodes: Map<string, GraphNode>;
  functions: Map<string, GraphFunction>;
  roots: string[];
  restore: string[];
  callable: Map<string, readonly number[]>;
  assets: Set<string>;
  objects: boolean[];
}

function empty(): Open {
  return {
    nodes: new Map(),
    functions: new Map(),
    roots: [],
    restore: [],
    callable: new Map(),
    assets: new Set(),
    objects: [],
  };
}

type Found = Walked<TensorflowMessage>;

/** Puts together a graph of messages that are walked, each after those inside of it. */
export class GraphCollector {
  readonly #file: Source;
  readonly #keep: (bytes: number) => void;
  #graph = empty();
  #calls: string[] = [];
  #text: Range | null = null;
  #texts = new Map<string, Range>();
  #bound: readonly number[] = [];
  #body: GraphNode[] = [];
  #parameters: string[] = [];
  #function: string | null = null;
  #asset = false;

  /** @param keep is told of memory before it is taken */
  constructor(file: Source, keep: (bytes: number) => void) {
    this.#file = file;
    this.#keep = keep;
  }

  /** The node that ends with this message, if it is one. @throws ScanError */
  node(walked: Found): GraphNode | null {
    if (walked.message !== 'node' && walked.message !== 'functionNode') return null;
    const node: GraphNode = {
      name: single(walked, 1),
      op: single(walked, 2),
      inputs: walked.names.get(3) ?? [],
      calls: this.#calls,
      texts: this.#texts.size === 0 ? NO_TEXTS : this.#texts,
      at: walked.offset,
    };
    this.#calls = [];
    if (this.#texts.size > 0) this.#texts = new Map();
    if (walked.message === 'functionNode') {
      if (!matters(node)) return node;
      this.#held([node.name, ...node.inputs, ...node.calls]);
      this.#body.push({ ...node, texts: NO_TEXTS });
    } else {
      this.#held([node.name, ...node.inputs, ...node.calls]);
      put(this.#graph.nodes, node.name, { ...node, texts: NO_TEXTS }, walked.offset);
    }
    return node;
  }

  /** The graph that ends with this message, if it is one. @throws ScanError */
  graph(walked: Found): MetaGraph | null {
    if (walked.message === 'metaGraph') {
      const graph = this.#graph;
      this.#graph = empty();
      return graph;
    }
    for (const list of walked.names.values()) if (LASTING.has(walked.message)) this.#held(list);
    this.#inNode(walked);
    this.#inFunction(walked);
    this.#inGraph(walked);
    this.#inObjects(walked);
    return null;
  }

  #held(names: readonly string[]): void {
    let bytes = ENTRY;
    for (const name of names) bytes += NAME + name.length;
    this.#keep(bytes);
  }

  #inNode({ message, names, places, offset }: Found): void {
    if (message === 'functionName') this.#calls.push(...(names.get(1) ?? []));
    else if (message === 'value') this.#text = places.get(2)?.at(-1) ?? null;
    else if (message === 'attribute') {
      if (this.#text !== null) for (const name of names.get(1) ?? ['']) this.#texts.set(name, this.#text);
      this.#text = null;
      if (this.#texts.size > MAX_TEXTS) throw new ScanError('malformed', 'a node of too many attributes', offset);
    }
  }

  #inFunction(walked: Found): void {
    const { message, names, offset } = walked;
    if (message === 'parameter') this.#parameters.push(single(walked, 1));
    else if (message === 'functionSignature') {
      if (this.#function !== null) throw new ScanError('malformed', 'a function with two signatures', offset);
      this.#function = single(walked, 1);
    } else if (message === 'function') {
      const body = { parameters: this.#parameters, nodes: this.#body };
      put(this.#graph.functions, this.#function ?? '', body, offset);
      [this.#function, this.#parameters, this.#body] = [null, [], []];
    } else if (message === 'gradient') this.#graph.roots.push(...(names.get(2) ?? []).map((name) => `()${name}`));
  }

  #inGraph({ message, names }: Found): void {
    switch (message) {
      case 'saver':
        this.#graph.restore.push(...(names.get(3) ?? []));
        return;
      case 'assetInfo':
        for (const name of names.get(1) ?? []) this.#graph.assets.add(nodeOf(name));
        return;
      case 'nodeList':
      case 'tensorInfo':
      case 'sparseInfo':
      case 'constant':
      case 'captured':
        for (const list of names.values()) this.#graph.roots.push(...list);
        return;
      default:
        return;
    }
  }

  #inObjects({ message, names, places }: Found): void {
    if (message === 'assetObject') this.#asset = true;
    else if (message === 'object') {
      this.#graph.objects.push(this.#asset);
      this.#asset = false;
    } else if (message === 'bareFunction')
      for (const name of names.get(1) ?? []) this.#graph.callable.set(name, this.#graph.callable.get(name) ?? []);
    else if (message === 'concreteFunction') this.#bound = (places.get(2) ?? []).flatMap((place) => this.#read(place));
    else if (message === 'concreteEntry') {
      for (const name of names.get(1) ?? ['']) this.#graph.callable.set(name, this.#bound);
      this.#bound = [];
    }
  }

  #read({ start, end }: Range): readonly number[] {
    const cursor = new Cursor(this.#file, start, end);
    const numbers: number[] = [];
    this.#keep(8 * (end - start));
    while (!cursor.atEnd) numbers.push(readVarint(cursor));
    return numbers;
  }
}

/** Messages whose names, or that they were, are kept to the end. */
const LASTING: ReadonlySet<TensorflowMessage> = new Set([
  'functionName',
  'parameter',
  'functionSignature',
  'gradient',
  'saver',
  'assetInfo',
  'nodeList',
  'tensorInfo',
  'sparseInfo',
  'constant',
  'captured',
  'bareFunction',
  'concreteEntry',
] as const);

function matters({ op, calls }: GraphNode): boolean {
  return calls.length > 0 || SAVING.has(op) || RESTORING.has(op) || FROM_FILE.has(op);
}

/** A field given twice is a contradiction: the last one counts to protobuf, and the first one to a reader by eye. */
function single({ names, offset }: Found, field: number): string {
  const list = names.get(field) ?? [];
  if (list.length > 1) throw new ScanError('malformed', 'a name is given twice', offset);
  return list[0] ?? '';
}

function put<Value>(map: Map<string, Value>, name: string, value: Value, at: number): void {
  if (map.has(name)) throw new ScanError('malformed', `two of the name ${evidenceOf(name)}`, at);
  map.set(name, value);
}

/** The node of an input: `^a`, `a:1` and `a` are all of `a`. */
export function nodeOf(input: string): string {
  return input.replace(/^\^/, '').replace(/:\d+$/, '');
}
