import { scanEmbedded } from '../embedded-text.ts';
import {
  type Format,
  type FormatVerdict,
  type Note,
  type ScanContext,
  ScanError,
  type Source,
  slice,
} from '../format.ts';
import { DOMAINS } from '../onnx-operators.ts';
import { ONNX, type OnnxMessage } from '../onnx-schema.ts';
import { outermostFields, type Walked, walkMessage } from '../protobuf.ts';

/** The newest version of the representation whose fields are known here. */
const NEWEST_IR = 14;
/** Bytes below which a text is too short to be a configuration or a pickle that does something. */
const SHORT = 12;
/** What else may be said of weights in another file. */
const EXTERNAL: ReadonlySet<string> = new Set(['location', 'offset', 'length', 'checksum', 'basepath']);

/** Uses of operators of other domains that are remembered. */
const MAX_CUSTOM = 100_000;
/** The field of a model. */
const GRAPH = 7;

/** ONNX models: walked in full, nested graphs and functions included, without loading a weight. */
export const onnx: Format = {
  name: 'onnx',
  rules: [
    {
      id: 'onnx-unknown-field',
      title: 'A field that no version of ONNX has',
      why: 'A newer or altered runtime may act on what the scan could not judge.',
    },
    {
      id: 'onnx-custom-operator',
      title: 'An operator that is not part of ONNX',
      why: 'Loading it needs native code that somebody else supplies.',
    },
    {
      id: 'onnx-shadowed-operator',
      title: 'The model redefines an operator of ONNX',
      why: 'What a reader takes for a standard operator computes something else.',
    },
    {
      id: 'onnx-external-data',
      title: 'Weights in another file',
      why: 'A path chosen by the model is opened: other files are read into the model, links followed.',
      cves: ['CVE-2022-25882', 'CVE-2024-27318', 'CVE-2026-27489'],
    },
  ],
  detect: (head, file) => looksLikeStart(head) || outermostFields(file, ONNX, 'model')?.has(GRAPH) === true,
  scan: (file, context): FormatVerdict => {
    const notes = scanModel(file, context);
    return { format: 'onnx', verdict: notes.length > 0 ? 'finding' : 'clean', notes };
  },
};

/** The IR version first, as exporters write it, then another field of a model: a cut or broken model is judged as one, too. */
function looksLikeStart(head: Uint8Array): boolean {
  const next = head[2] ?? 0;
  return (
    head[0] === 0x08 &&
    (head[1] ?? 0) > 0 &&
    (head[1] ?? 0) < 64 &&
    [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(next)
  );
}

interface Seen {
  readonly keep: (bytes: number) => void;
  readonly notes: Note[];
  /** Uses of operators outside of the domains, as [domain, operator, offset]. */
  readonly custom: (readonly [string, string, number])[];
  /** Functions that the model itself defines. */
  readonly functions: Set<string>;
  readonly functionDomains: Set<string>;
  readonly imports: (readonly [string, number])[];
}

function scanModel(file: Source, context: ScanContext): readonly Note[] {
  const { tick, keep } = context;
  const seen: Seen = { keep, notes: [], custom: [], functions: new Set(), functionDomains: new Set(), imports: [] };
  walkMessage(file, ONNX, 'model', {
    tick,
    walked: (message) => visit(message, seen),
    text: ({ start, end }) => {
      if (end - start >= SHORT) scanEmbedded(slice(file, `text@${start}`, start, end), context);
    },
    unknown: (message, field, offset) => {
      const text = `field ${field} of a ${message} is in no ONNX version that is known here`;
      addNote(seen, 'onnx-unknown-field', 'medium', text, 'Export the model with a released version of ONNX.', offset);
    },
  });
  for (const [domain, operator, offset] of seen.custom) {
    if (!seen.functions.has(key(domain, operator)))
      customOperator(seen, `operator ${show(operator)} of domain ${show(domain)}`, offset);
  }
  for (const [domain, offset] of seen.imports) {
    if (!DOMAINS.has(domain) && !seen.functionDomains.has(domain))
      customOperator(seen, `the operator set ${show(domain)}`, offset);
  }
  return seen.notes;
}

function visit(walked: Walked<OnnxMessage>, seen: Seen): void {
  switch (walked.message) {
    case 'model':
      visitModel(walked);
      return;
    case 'node':
      visitNode(walked, seen);
      return;
    case 'function':
      visitFunction(walked, seen);
      return;
    case 'operatorSet':
      checkVersion(walked);
      for (const domain of walked.names.get(1) ?? ['']) {
        keepNames(seen, domain);
        seen.imports.push([domain, walked.offset]);
      }
      return;
    case 'externalData':
      visitExternalData(walked, seen);
      return;
    case 'tensor':
      if (walked.numbers.get(14)?.includes(1) === true && !walked.fields.has(13))
        outside(seen, 'medium', 'weights are in another file that is not named', walked.offset);
      return;
    case 'graph':
    case 'attribute':
    case 'sparseTensor':
    case 'training':
    case 'metadata':
      return;
  }
}

/** What a newer version does, nobody here knows. @throws ScanError `unsupported` */
function checkVersion({ names, numbers, offset }: Walked<OnnxMessage>): void {
  for (const domain of names.get(1) ?? ['']) {
    const newest = DOMAINS.get(domain)?.newest ?? Number.POSITIVE_INFINITY;
    const newer = (numbers.get(2) ?? []).find((version) => version > newest);
    if (newer !== undefined)
      throw new ScanError(
        'unsupported',
        `operator set ${newer} of ${show(domain)}; ${newest} is the newest known here`,
        offset,
      );
  }
}

function visitModel({ fields, names, numbers, offset }: Walked<OnnxMessage>): void {
  const newer = (numbers.get(1) ?? []).find((version) => version > NEWEST_IR);
  if (newer !== undefined)
    throw new ScanError(
      'unsupported',
      `version ${newer} of ONNX’s representation; ${NEWEST_IR} is the newest known here`,
      offset,
    );
  const missing = [
    [1, 'IR version'],
    [7, 'graph'],
    [8, 'operator set'],
  ] as const;
  for (const [field, name] of missing) {
    if (!fields.has(field)) throw new ScanError('malformed', `the model has no ${name}`, offset);
  }
  // To TensorFlow, a message in the place of the producer's name is the graph of a SavedModel, and the rest is nothing.
  if ((names.get(2) ?? []).some((name) => /\p{Cc}|\uFFFD/u.test(name)))
    throw new ScanError('malformed', 'the name of its producer is no text', offset);
}

/** A field given twice counts with each of its values: readers need not agree on the last one. */
function visitNode({ names, offset }: Walked<OnnxMessage>, seen: Seen): void {
  const operators = names.get(4) ?? [''];
  for (const domain of names.get(7) ?? ['']) {
    for (const operator of operators) {
      if (DOMAINS.get(domain)?.operators.has(operator) === true) continue;
      // Pairs of what is given often are more than the file has bytes. Of so many, one is told of.
      if (seen.custom.length >= MAX_CUSTOM)
        throw new ScanError('too_large', `over ${MAX_CUSTOM} custom operators`, offset);
      keepNames(seen, domain, operator);
      seen.custom.push([domain, operator, offset]);
    }
  }
}

function visitFunction({ names, offset }: Walked<OnnxMessage>, seen: Seen): void {
  const [functions, domains] = [names.get(1) ?? [''], names.get(10) ?? ['']];
  if (functions.length > 1 || domains.length > 1)
    throw new ScanError('malformed', 'a function with several names', offset);
  const [name = '', domain = ''] = [functions[0], domains[0]];
  if (DOMAINS.has(domain)) {
    const message = `the model redefines ${show(name)}, an operator of ONNX itself`;
    addNote(
      seen,
      'onnx-shadowed-operator',
      'high',
      message,
      'Give model-local functions a domain of their own.',
      offset,
    );
  }
  keepNames(seen, domain, domain, name);
  seen.functions.add(key(domain, name));
  seen.functionDomains.add(domain);
}

function visitExternalData({ names, offset }: Walked<OnnxMessage>, seen: Seen): void {
  const keys = names.get(1) ?? [];
  for (const name of keys)
    if (!EXTERNAL.has(name)) outside(seen, 'medium', `weights in another file, with the unknown ${show(name)}`, offset);
  if (!keys.includes('location')) return;
  for (const location of names.get(2) ?? []) {
    const escapes = /^[/\\]|^[A-Za-z][\w+.-]*:|(^|[/\\])\.\.([/\\]|$)|[\0]/.test(decoded(location));
    const message = escapes
      ? `weights are read from outside of the package: ${show(location)}`
      : `weights are read from another file: ${show(location)}`;
    outside(seen, escapes ? 'critical' : 'medium', message, offset);
  }
}

function outside(seen: Seen, severity: Note['severity'], message: string, offset: number): void {
  addNote(
    seen,
    'onnx-external-data',
    severity,
    message,
    'Save the model as one file, with its weights inside.',
    offset,
  );
}

/** A reader may take a path for an address and decode it. */
function decoded(location: string): string {
  return location.replace(/%([0-9a-f]{2})/gi, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
}

/** Names are the attacker's, and kept to the end. */
function keepNames({ keep }: Seen, ...names: readonly string[]): void {
  for (const name of names) keep(2 * name.length + 64);
}

function customOperator(seen: Seen, what: string, offset: number): void {
  const fix = 'Export with operators of ONNX alone.';
  addNote(
    seen,
    'onnx-custom-operator',
    'high',
    `${what} needs native code that is part of neither ONNX nor ONNX Runtime`,
    fix,
    offset,
  );
}

function addNote(
  seen: Seen,
  rule: string,
  severity: Note['severity'],
  message: string,
  fix: string,
  offset: number,
): void {
  if (seen.notes.length < 100) seen.notes.push({ rule, severity, message, fix, offset });
}

function key(domain: string, operator: string): string {
  return JSON.stringify([domain, operator]);
}

function show(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 199)}…` : text);
}
