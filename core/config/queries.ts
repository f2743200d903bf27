import { z } from 'zod';
import { parseReference } from '../data/sources/reference.ts';

export const QueryName = z
  .string()
  .max(64)
  .regex(/^[a-z]([a-z0-9_]*[a-z0-9])?$/, 'lower-case letters, digits and inner underscores');

const Identifier = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_$.-]+$/, 'letters, digits and _ $ . -');

const Query = z
  .string()
  .min(1)
  // It travels in the inputs of a dispatch, which have 65,535 characters at most.
  .max(4000)
  .refine((text) => parseReference(`snowflake:${text}`).ok, 'one SELECT, or the name of a table');

/** A query that the default branch's policy lets be run with the team's identity, and where. */
export const WarehouseQuery = z.discriminatedUnion('at', [
  z.strictObject({
    at: z.literal('snowflake'),
    account: Identifier,
    warehouse: Identifier.optional(),
    database: Identifier.optional(),
    schema: Identifier.optional(),
    role: Identifier.optional(),
    query: Query,
  }),
  z.strictObject({
    at: z.literal('databricks'),
    host: z
      .string()
      .max(255)
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'the name of a host, in lower case'),
    /** The id of a SQL warehouse. */
    warehouse: Identifier,
    query: Query,
  }),
]);
export type WarehouseQuery = z.infer<typeof WarehouseQuery>;

/** By name. */
export const WarehouseQueries = z
  .record(QueryName, WarehouseQuery)
  .refine((queries) => Object.keys(queries).length <= 64, 'at most 64 queries');
export type WarehouseQueries = z.infer<typeof WarehouseQueries>;
