import { type Format, type FormatVerdict, ScanError, type Source } from '../format.ts';
import { outermostFields, type Scalar, type Schema, schemaOf, walkMessage } from '../protobuf.ts';

type Message = 'model' | 'piece' | 'trainer' | 'normalizer' | 'tests' | 'test';

const of = (scalar: Scalar, ...fields: readonly number[]): Readonly<Record<number, Scalar>> =>
  Object.fromEntries(fields.map((field) => [field, scalar]));

/** `sentencepiece_model.proto`. The files that the trainer's options name were read when the pieces were learnt, and are not read again. */
const MODEL: Schema<Message> = schemaOf<Message>({
  model: { 1: ':piece', 2: ':trainer', 3: ':normalizer', 4: ':tests', 5: ':normalizer' },
  piece: { 1: 'data', 2: 'float', 3: 'varint' },
  trainer: {
    ...of('data', 1, 2, 5, 7, 30, 31, 36, 44, 45, 46, 47, 48, 53, 54),
    ...of(
      'varint',
      3,
      4,
      6,
      11,
      12,
      13,
      14,
      16,
      17,
      18,
      19,
      20,
      21,
      22,
      23,
      24,
      25,
      26,
      32,
      33,
      34,
      35,
      40,
      41,
      42,
      43,
    ),
    ...of('varint', 49, 50, 52, 55),
    ...of('float', 10, 15, 51),
  },
  normalizer: { 1: 'data', 2: 'data', 3: 'varint', 4: 'varint', 5: 'varint', 6: 'data' },
  tests: { 1: ':test' },
  test: { 1: 'data', 2: 'data' },
});

/** Vocabularies of SentencePiece, such as `tokenizer.model` and `spiece.model`: pieces of text with numbers. */
export const sentencepiece: Format = {
  name: 'sentencepiece',
  rules: [],
  detect: (head, file) => beginsWithPiece(head) && isModel(file),
  scan: (file, context): FormatVerdict => {
    walkMessage(file, MODEL, 'model', {
      tick: context.tick,
      walked: () => {},
      unknown: (_, field, at) => {
        throw new ScanError('malformed', `field ${field} is not known here`, at);
      },
    });
    return { format: 'SentencePiece', verdict: 'clean', notes: [] };
  },
};

/** A message that begins with a text. */
function beginsWithPiece(head: Uint8Array): boolean {
  return head[0] === 0x0a && head[2] === 0x0a;
}

function isModel(file: Source): boolean {
  const fields = outermostFields(file, MODEL, 'model');
  return fields !== null && [1, 2, 3].every((field) => fields.has(field));
}
