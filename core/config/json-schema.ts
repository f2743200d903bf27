import { z } from 'zod';
import { Config } from './schema.ts';

export const JsonSchemaNode = z.looseObject({
  get properties() {
    return z.record(z.string(), JsonSchemaNode).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), JsonSchemaNode]).optional();
  },
  get items() {
    return JsonSchemaNode.optional();
  },
  get oneOf() {
    return z.array(JsonSchemaNode).optional();
  },
  get anyOf() {
    return z.array(JsonSchemaNode).optional();
  },
});
/** JSON Schema (draft 2020-12), of which we read these keywords. */
export type JsonSchema = z.infer<typeof JsonSchemaNode>;

let made: JsonSchema | null = null;

/** The schema of `.github/trainyard.yml` as JSON Schema, for editors. */
export function configJsonSchema(): JsonSchema {
  made ??= JsonSchemaNode.parse(
    z.toJSONSchema(Config, {
      io: 'input',
      override: ({ jsonSchema }) => {
        // A default is known in parsed form (7200), which is not what a person writes ("2h").
        if (jsonSchema.type === 'string' && typeof jsonSchema.default !== 'string') delete jsonSchema.default;
      },
    }),
  );
  return made;
}

/** The keys of the config that may stand at a path; empty where names are free. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  return keysIn(configJsonSchema(), path);
}

/** The same for any schema. */
export function keysIn(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  let nodes: readonly JsonSchema[] = [schema];
  for (const part of path) nodes = nodes.flatMap(alternatives).flatMap((node) => child(node, part));
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {})))];
}

function alternatives(node: JsonSchema): JsonSchema[] {
  const options = [...(node.oneOf ?? []), ...(node.anyOf ?? [])];
  return options.length === 0 ? [node] : options.flatMap(alternatives);
}

function child(node: JsonSchema, part: PropertyKey): JsonSchema[] {
  if (typeof part === 'number') return node.items === undefined ? [] : [node.items];
  const property = Object.entries(node.properties ?? {}).find(([key]) => key === part)?.[1];
  if (property !== undefined) return [property];
  return typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
}
