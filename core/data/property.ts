import { z } from 'zod';

export const MAX_COLUMNS = 2000;

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
