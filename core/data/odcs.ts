import { z } from 'zod';
import { MAX_COLUMNS, Property } from './property.ts';

/** An object of an ODCS contract, as far as we read it. */
export const SchemaObject = z.looseObject({
  name: z.string().min(1).max(256),
  physicalName: z.string().optional(),
  properties: z.array(Property).max(MAX_COLUMNS).default([]),
  quality: z.array(z.record(z.string(), z.unknown())).max(100).optional(),
  customProperties: z.array(z.unknown()).max(200).optional(),
  relationships: z.array(z.unknown()).max(100).optional(),
});
export type SchemaObject = z.infer<typeof SchemaObject>;

/** A contract of the Open Data Contract Standard v3, as far as we read it. */
export const OdcsContract = z.looseObject({
  apiVersion: z.string().regex(/^v3\.\d+\.\d+$/, 'expected ODCS v3, such as v3.1.0'),
  kind: z.literal('DataContract'),
  id: z.string().min(1),
  version: z.string().min(1),
  status: z.string().min(1),
  schema: z.array(SchemaObject).min(1, 'the contract has no schema object to check').max(100),
  slaProperties: z.array(z.unknown()).max(100).optional(),
  slaDefaultElement: z.string().optional().catch(undefined),
});

/** Index of the object that is meant: the only one, or the one that has the data's name or path. Null where none has. */
export function chooseObject(
  objects: readonly SchemaObject[],
  options: { readonly dataset?: string; readonly path?: string },
): number | null {
  if (objects.length === 1) return 0;
  const file = options.path?.split('/').at(-1);
  const wanted = [options.path, file, file?.replace(/\.[^.]*$/, ''), options.dataset].filter(
    (name) => name !== undefined,
  );
  for (const name of wanted) {
    const index = objects.findIndex((object) => object.physicalName === name || object.name === name);
    if (index !== -1) return index;
  }
  return null;
}
