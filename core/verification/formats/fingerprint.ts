import { type Format, type FormatVerdict, ScanError } from '../format.ts';
import { outermostFields, type Schema, schemaOf, walkMessage } from '../protobuf.ts';

/** Five numbers, a version and an id. */
const MAX_SIZE = 512;

/** `tensorflow/core/protobuf/fingerprint.proto`. */
const FINGERPRINT: Schema<'fingerprint'> = schemaOf<'fingerprint'>({
  fingerprint: { 1: 'varint', 2: 'varint', 3: 'varint', 4: 'varint', 5: 'varint', 6: 'data', 7: 'name' },
});

/** `fingerprint.pb` beside a SavedModel: hashes that TensorFlow logs. */
export const fingerprint: Format = {
  name: 'fingerprint',
  rules: [],
  detect: (_head, file) => {
    if (file.size > MAX_SIZE) return false;
    const fields = outermostFields(file, FINGERPRINT, 'fingerprint');
    return fields !== null && [1, 2, 3, 4].every((field) => fields.has(field));
  },
  scan: (file): FormatVerdict => {
    walkMessage(file, FINGERPRINT, 'fingerprint', {
      walked: ({ names, offset }) => {
        if ((names.get(7) ?? []).some((id) => !/^[0-9a-f-]{1,64}$/i.test(id)))
          throw new ScanError('malformed', 'an id that is none', offset);
      },
      unknown: (_, field, at) => {
        throw new ScanError('malformed', `field ${field} is not known here`, at);
      },
    });
    return { format: 'SavedModel fingerprint', verdict: 'clean', notes: [] };
  },
};
