import { readExactly, ScanError, type Source, slice } from '../format.ts';
import { walkMessage } from '../protobuf.ts';
import { TENSORFLOW } from './schema.ts';

const VECTOR = 10;
const STRING = 5;
/** A node with a constant may be large, its name not. */
const MAX_NODE = 64 * 2 ** 20;

/**
 * Operators in the options of a `Flex…` operator of TensorFlow Lite. The runtime evaluates the node that is there and asks
 * the name of the operator for nothing (`tensorflow/lite/delegates/flex/kernel.cc`): a FlexBuffer of two texts, the
 * operator's name and a NodeDef.
 *
 * @param options bytes of the options
 * @throws ScanError for what the converter doesn't write
 */
export function operatorsOf(options: Source, tick: () => void): readonly string[] {
  const [name, node] = textsOf(options);
  if (name === undefined || node === undefined || node.size > MAX_NODE) throw wrong('a name and a node', 0);
  const found = [Buffer.from(readExactly(name, 0, Math.min(name.size, 4096))).toString('utf8')];
  walkMessage(node, TENSORFLOW, 'node', {
    tick,
    walked: ({ message, names }) => {
      if (message === 'node') found.push(...(names.get(2) ?? ['']));
      else if (message === 'functionName') found.push(...(names.get(1) ?? []));
    },
    unknown: (_, field, at) => {
      throw new ScanError('malformed', `field ${field} of a node is not known here`, at);
    },
  });
  return found;
}

/** Texts of the list that is the root of a FlexBuffer (https://flatbuffers.dev/internals, "FlexBuffers"). */
function textsOf(options: Source): readonly Source[] {
  const end = options.size;
  const [type = 0, width = 0] = readExactly(options, end - 2, 2);
  if (type >> 2 !== VECTOR || ![1, 2, 4, 8].includes(width)) throw wrong('a list', end - 2);
  const root = end - 2 - width;
  const start = root - numberAt(options, root, width);
  const size = 1 << (type & 3);
  const count = numberAt(options, start - size, size);
  if (count !== 2) throw wrong('a list of two', start);
  return [0, 1].map((index) => {
    const [kind = 0] = readExactly(options, start + count * size + index, 1);
    if (kind >> 2 !== STRING) throw wrong('a text', start);
    const place = start + index * size;
    const text = place - numberAt(options, place, size);
    const bytes = 1 << (kind & 3);
    return slice(options, 'node', text, text + numberAt(options, text - bytes, bytes));
  });
}

function numberAt(options: Source, at: number, width: number): number {
  const bytes = Buffer.from(readExactly(options, at, width));
  return width === 8 ? Number(bytes.readBigUInt64LE()) : bytes.readUIntLE(0, width);
}

function wrong(expected: string, at: number): ScanError {
  return new ScanError(
    'malformed',
    `expected ${expected} in the options of an operator of TensorFlow`,
    Math.max(at, 0),
  );
}
