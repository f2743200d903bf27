import { z } from 'zod';
import { didYouMean } from '../suggest.ts';
import type { NotChecked } from './contract-model.ts';

/** As many as a report holds. */
export const MAX_COLUMNS = 5000;

/** What ODCS says of a column, or of a value inside of one, as far as we read it. */
export const Property = z.looseObject({
  name: z.string().min(1).max(256),
  logicalType: z.string().optional(),
  // For other tools first: what is no text is theirs.
  physicalType: z.string().optional().catch(undefined),
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
  ...['id', 'businessName', 'physicalName', 'description', 'tags', 'authoritativeDefinitions'],
  ...['partitioned', 'partitionKeyPosition', 'classification', 'encryptedName', 'criticalDataElement', 'examples'],
  ...['transformSourceObjects', 'transformLogic', 'transformDescription'],
];
const OPTIONS = [
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength'],
  ...['pattern', 'format', 'enum', 'minItems', 'maxItems', 'uniqueItems', 'timezone'],
];

/**
 * Keys of a column that a person most likely took for one of which something is checked: what is written there would be
 * passed over in silence. Other unknown keys are let be, as other tools let them.
 */
export function mistakenKeys(property: Property, line: number): readonly NotChecked[] {
  const read = Object.keys(Property.shape);
  const at = `column "${property.name}"`;
  const options = Object.keys(property).filter((key) => OPTIONS.includes(key));
  return [
    ...options.map((key) => mistaken(key, at, `logicalTypeOptions.${key}`, line)),
    ...mistakenAmong(Object.keys(property), { read, other: [...OTHER_KEYS, ...options], at, line }),
  ];
}

/** Where a key may stand, and what is known there. */
interface KnownKeys {
  /** Of which something is checked. */
  readonly read: readonly string[];
  readonly other: readonly string[];
  readonly at: string;
  readonly line: number;
}

/** Keys that are unknown and nearly one of which something is checked. */
export function mistakenAmong(keys: readonly string[], { read, other, at, line }: KnownKeys): readonly NotChecked[] {
  return keys.flatMap((key): readonly NotChecked[] => {
    if (read.includes(key) || other.includes(key)) return [];
    const meant = didYouMean(key, read);
    return meant === null ? [] : [mistaken(key, at, meant, line)];
  });
}

function mistaken(key: string, at: string, meant: string, line: number): NotChecked {
  return { what: `key "${key.slice(0, 100)}" of ${at} (did you mean ${meant}?)`, line, severity: 'fail' };
}

const CONTRACT_KEYS = ['schema', 'slaProperties', 'slaDefaultElement'];
/** The rest of what ODCS v3 knows of a contract. */
const OTHER_CONTRACT_KEYS = [
  ...['apiVersion', 'kind', 'id', 'version', 'status', 'name', 'tenant', 'domain', 'dataProduct', 'description'],
  ...['tags', 'servers', 'price', 'team', 'roles', 'support', 'authoritativeDefinitions', 'contractCreatedTs'],
  'customProperties',
];
const OBJECT_KEYS = ['name', 'physicalName', 'properties', 'quality', 'customProperties', 'relationships'];
/** The rest of what ODCS v3 knows of a schema object. */
const OTHER_OBJECT_KEYS = [
  ...['id', 'physicalType', 'description', 'businessName', 'dataGranularityDescription', 'tags'],
  ...['logicalType', 'authoritativeDefinitions'],
];

/** As `mistakenKeys`, of a contract and of one of its schema objects. @param line of the object */
export function mistakenContractKeys(contract: object, object: object, line: number): readonly NotChecked[] {
  return [
    ...mistakenAmong(Object.keys(contract), {
      ...{ read: CONTRACT_KEYS, other: OTHER_CONTRACT_KEYS, at: 'the contract', line: 1 },
    }),
    ...mistakenAmong(Object.keys(object), {
      ...{ read: OBJECT_KEYS, other: OTHER_OBJECT_KEYS, at: 'the schema object', line },
    }),
  ];
}
