import { z } from 'zod';
import { didYouMean } from '../suggest.ts';
import type { NotChecked } from './contract-model.ts';

/** As many as a report holds. */
export const MAX_COLUMNS = 5000;

/** What ODCS says of a column, or of a value inside of one, as far as we read it. */
export const Property = z.looseObject({
  name: z.string().min(1).max(256),
  logicalType: z.string().optional(),
  required: z.boolean().default(false),
  unique: z.boolean().default(false),
  primaryKey: z.boolean().default(false),
  primaryKeyPosition: z.int().optional(),
  logicalTypeOptions: z.record(z.string(), z.unknown()).optional(),
  quality: z.array(z.record(z.string(), z.unknown())).max(100).optional(),
  customProperties: z.array(z.unknown()).max(200).optional(),
  relationships: z.array(z.unknown()).max(100).optional(),
  properties: z.array(z.unknown()).max(MAX_COLUMNS).optional(),
  items: z.unknown().optional(),
});
export type Property = z.infer<typeof Property>;

/** What ODCS v3 knows at a column besides, of which nothing is checked. */
const OTHER_KEYS = [
  ...['id', 'businessName', 'physicalName', 'physicalType', 'description', 'tags', 'authoritativeDefinitions'],
  ...['partitioned', 'partitionKeyPosition', 'classification', 'encryptedName', 'criticalDataElement', 'examples'],
  ...['transformSourceObjects', 'transformLogic', 'transformDescription'],
];
const OPTIONS = [
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength'],
  ...['pattern', 'format', 'enum', 'minItems', 'maxItems', 'uniqueItems'],
];

/**
 * Keys of a column that a person most likely took for one of which something is checked: what is written there would be
 * passed over in silence. Other unknown keys are let be, as other tools let them.
 */
export function mistakenKeys(property: Property, line: number): readonly NotChecked[] {
  const read = Object.keys(Property.shape);
  return Object.keys(property).flatMap((key): readonly NotChecked[] => {
    if (read.includes(key) || OTHER_KEYS.includes(key)) return [];
    const meant = OPTIONS.includes(key) ? `logicalTypeOptions.${key}` : didYouMean(key, read);
    if (meant === null) return [];
    const what = `key "${key.slice(0, 100)}" of column "${property.name}" (did you mean ${meant}?)`;
    return [{ what, line, severity: 'fail' }];
  });
}
