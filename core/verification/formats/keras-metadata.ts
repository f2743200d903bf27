import { type Format, type FormatVerdict, ScanError, type Source, slice } from '../format.ts';
import { outermostFields, type Schema, schemaOf, walkMessage } from '../protobuf.ts';

type MetadataMessage = 'metadata' | 'object';

/** `keras/protobuf/saved_metadata.proto` of Keras 2. */
const METADATA: Schema<MetadataMessage> = schemaOf<MetadataMessage>({
  metadata: { 1: ':object' },
  object: { 2: 'varint', 3: 'name', 4: 'name', 5: 'place', 6: 'data' },
});

/** `keras_metadata.pb` beside a SavedModel: the configuration of each layer as JSON, which is judged as one. */
export const kerasMetadata: Format = {
  name: 'keras-metadata',
  rules: [],
  detect: (_head, file) => outermostFields(file, METADATA, 'metadata')?.has(1) === true && holdsLayers(file),
  scan: (file, context): FormatVerdict => {
    walkMessage(file, METADATA, 'metadata', {
      tick: context.tick,
      walked: ({ names, places }) => {
        for (const { start, end } of places.get(5) ?? [])
          context.inside(slice(file, names.get(3)?.at(-1) ?? 'object', start, end));
      },
      unknown: (message, field, at) => {
        throw new ScanError('malformed', `field ${field} of an ${message} is not known here`, at);
      },
    });
    return { format: 'Keras metadata', verdict: 'clean', notes: [] };
  },
};

/** Its objects are of kinds such as `_tf_keras_layer`. */
function holdsLayers(file: Source): boolean {
  let found = false;
  try {
    walkMessage(file, METADATA, 'metadata', {
      walked: ({ names }) => {
        found ||= (names.get(4) ?? []).some((name) => name.startsWith('_tf_keras_'));
      },
      unknown: () => undefined,
    });
  } catch (error) {
    if (error instanceof ScanError && error.code === 'malformed') return found;
    throw error;
  }
  return found;
}
