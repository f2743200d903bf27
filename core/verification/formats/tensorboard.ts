import { crc32c } from '../crc32.ts';
import { Cursor } from '../cursor.ts';
import { scanEmbedded } from '../embedded-text.ts';
import { type Format, type FormatVerdict, type ScanContext, ScanError, slice } from '../format.ts';
import { sourceOf } from '../pickle/nested.ts';
import { outermostFields, type Schema, schemaOf, walkMessage } from '../protobuf.ts';

type Message =
  | 'event'
  | 'log'
  | 'session'
  | 'run'
  | 'source'
  | 'summary'
  | 'value'
  | 'metadata'
  | 'plugin'
  | 'image'
  | 'histogram'
  | 'audio'
  | 'tensor';

/** `event.proto`, `summary.proto` and `tensor.proto` of TensorBoard's compat/proto. Graphs are drawn and never executed. */
const EVENT: Schema<Message> = schemaOf<Message>({
  event: {
    1: 'doubles',
    2: 'varint',
    3: 'name',
    4: 'data',
    5: ':summary',
    6: ':log',
    7: ':session',
    8: ':run',
    9: 'data',
    10: ':source',
  },
  log: { 1: 'varint', 2: 'text' },
  session: { 1: 'varint', 2: 'text', 3: 'text' },
  run: { 1: 'text', 2: 'data' },
  source: { 1: 'text' },
  summary: { 1: ':value' },
  value: {
    1: 'text',
    2: 'float',
    3: 'data',
    4: ':image',
    5: ':histogram',
    6: ':audio',
    7: 'text',
    8: ':tensor',
    9: ':metadata',
  },
  metadata: { 1: ':plugin', 2: 'text', 3: 'text', 4: 'varint' },
  plugin: { 1: 'text', 2: 'text' },
  image: { 1: 'varint', 2: 'varint', 3: 'varint', 4: 'data' },
  histogram: { 1: 'doubles', 2: 'doubles', 3: 'doubles', 4: 'doubles', 5: 'doubles', 6: 'doubles', 7: 'doubles' },
  audio: { 1: 'float', 2: 'varint', 3: 'varint', 4: 'data', 5: 'text' },
  tensor: {
    1: 'varint',
    2: 'data',
    3: 'varint',
    4: 'data',
    5: 'floats',
    6: 'doubles',
    7: 'varints',
    8: 'text',
    9: 'floats',
    10: 'varints',
    11: 'varints',
    12: 'doubles',
    13: 'varints',
    16: 'varints',
    17: 'varints',
    18: 'data',
  },
});

/** The first record says the version of the file. */
const VERSION = 3;
/** Length and its checksum; the record and its own follow. */
const FRAME = 12;
/** Bytes: images and graphs are the largest. */
const MAX_RECORD = 64 * 2 ** 20;
/** Bytes up to which a text holds no pickle that does anything. */
const SHORT = 16;

/**
 * What a training writes for TensorBoard (`events.out.tfevents…`): records with checksums (TFRecord), each an event of known
 * fields. Its texts are looked into.
 */
export const tensorboard: Format = {
  name: 'tensorboard',
  rules: [],
  detect: (head, file) => {
    const length = recordLength(head);
    return (
      length !== null &&
      length <= head.length - FRAME &&
      outermostFields(slice(file, 'event', FRAME, FRAME + length), EVENT, 'event')?.has(VERSION) === true
    );
  },
  scan: (file, context): FormatVerdict => {
    const cursor = new Cursor(file);
    while (!cursor.atEnd) {
      context.tick();
      const at = cursor.position;
      const length = recordLength(cursor.bytes(FRAME));
      if (length === null) throw new ScanError('malformed', 'the checksum of a length is wrong', at);
      if (length > MAX_RECORD) throw new ScanError('too_large', `an event may have ${MAX_RECORD} bytes at most`, at);
      const record = cursor.bytes(length).slice();
      if (masked(crc32c(record)) !== Buffer.from(cursor.bytes(4)).readUInt32LE())
        throw new ScanError('malformed', 'the checksum of an event is wrong', at);
      walkEvent(record, `${file.path}!/event@${at}`, context);
    }
    return { format: 'TensorBoard events', verdict: 'clean', notes: [] };
  },
};

function walkEvent(record: Uint8Array, path: string, context: ScanContext): void {
  const event = sourceOf(path, record);
  walkMessage(event, EVENT, 'event', {
    tick: context.tick,
    walked: () => {},
    text: ({ start, end }) => {
      if (end - start >= SHORT) scanEmbedded(slice(event, `text@${start}`, start, end), context);
    },
    unknown: (message, field, at) => {
      throw new ScanError('malformed', `field ${field} of its ${message} is not known here`, at);
    },
  });
}

/** Of the record that follows; null where its checksum is another. */
function recordLength(bytes: Uint8Array): number | null {
  if (bytes.length < FRAME) return null;
  const frame = Buffer.from(bytes.subarray(0, FRAME));
  if (masked(crc32c(frame.subarray(0, 8))) !== frame.readUInt32LE(8)) return null;
  return Number(frame.readBigUInt64LE());
}

/** As TFRecord stores checksums, so that those of what has some inside are no weaker. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
