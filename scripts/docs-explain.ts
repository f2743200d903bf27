/**
 * Makes what docs/explain.md and its two JSON Schemas take from the code. Usage: node scripts/docs-explain.ts
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { Explanation } from '../core/explain/answer.ts';
import { PrFile } from '../core/explain/pr-file.ts';
import { type Block, cell, ROOT, table, writeBlock } from './docs-block.ts';

const PAGE = 'docs/explain.md';
const COMMAND = 'node scripts/docs-explain.ts';

/** A node of a JSON Schema, of which we read these keywords. */
const Node = z.looseObject({
  type: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), Node).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), Node]).optional();
  },
  get items() {
    return Node.optional();
  },
  get anyOf() {
    return z.array(Node).optional();
  },
  get oneOf() {
    return z.array(Node).optional();
  },
});
type Node = z.infer<typeof Node>;

export interface PublishedSchema {
  readonly file: string;
  readonly schema: Node;
}

export function publishedSchemas(): PublishedSchema[] {
  return [
    { file: 'docs/explain.input.schema.json', schema: jsonSchema(PrFile, 'input', 'trainyard explain --pr') },
    { file: 'docs/explain.output.schema.json', schema: jsonSchema(Explanation, 'output', 'trainyard explain') },
  ];
}

function jsonSchema(of: z.ZodType, io: 'input' | 'output', title: string): Node {
  return { ...Node.parse(z.toJSONSchema(of, { io })), title };
}

export function explainBlocks(): Block[] {
  const [input, output] = publishedSchemas();
  return [
    { page: PAGE, name: 'input', command: COMMAND, content: keys(input?.schema, 'without it') },
    { page: PAGE, name: 'output', command: COMMAND, content: keys(output?.schema, null) },
  ];
}

function keys(schema: Node | undefined, absent: string | null): string {
  const header = ['key', 'holds', ...(absent === null ? [] : [absent]), ''];
  const rows = rowsOf(schema ?? {}, '').map(([key, holds, without, note]) => [
    `\`${key}\``,
    cell(holds),
    ...(absent === null ? [] : [cell(without)]),
    cell(note),
  ]);
  return table(header, rows);
}

type Row = readonly [key: string, holds: string, without: string, note: string];

function rowsOf(node: Node, path: string): Row[] {
  return Object.entries(node.properties ?? {})
    .filter(([name]) => name !== '$schema')
    .flatMap(([name, child]) => {
      const key = path === '' ? name : `${path}.${name}`;
      const inner = objectsOf(child);
      const told = child.description?.toLowerCase().includes('without it') === true;
      const absent = node.required?.includes(name) === true ? 'a mistake' : told ? '' : 'not known';
      const shown = child.default === undefined ? absent : `\`${JSON.stringify(child.default)}\``;
      const row: Row = [key, kindOf(child), shown, child.description ?? ''];
      return [row, ...unique(inner.flatMap(({ node: object, suffix }) => rowsOf(object, `${key}${suffix}`)))];
    });
}

/** Members of a union share a key: what it holds is what it holds in any of them. */
function unique(rows: readonly Row[]): Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const [key, holds, without, note] = merged.get(row[0]) ?? row;
    const kinds = new Set([...holds.split(', '), ...row[1].split(', ')]);
    merged.set(key, [key, [...kinds].join(', '), without, note === '' ? row[3] : note]);
  }
  return [...merged.values()];
}

function objectsOf(node: Node): { node: Node; suffix: string }[] {
  const own = node.properties === undefined ? [] : [{ node, suffix: '' }];
  const named = typeof node.additionalProperties === 'object' ? objectsOf(node.additionalProperties) : [];
  return [
    ...own,
    ...(node.items === undefined ? [] : objectsOf(node.items).map((one) => ({ ...one, suffix: `[]${one.suffix}` }))),
    ...named.map((one) => ({ ...one, suffix: `.NAME${one.suffix}` })),
    ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(objectsOf),
  ];
}

function kindOf(node: Node): string {
  const choices = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  if (choices.length > 0) return [...new Set(choices.map(kindOf))].join(', ');
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  // The names of commands and reasons are listed elsewhere.
  if (node.enum !== undefined)
    return node.enum.length > 14 ? 'a code' : node.enum.map((one) => `\`${one}\``).join(', ');
  if (node.items !== undefined) return `list of ${kindOf(node.items)}`;
  if (typeof node.additionalProperties === 'object') return `by name: ${kindOf(node.additionalProperties)}`;
  return Array.isArray(node.type) ? node.type.join(', ') : String(node.type ?? 'anything');
}

function main(): void {
  for (const block of explainBlocks()) writeBlock(block);
  const files = publishedSchemas().map(({ file, schema }) => {
    writeFileSync(resolve(ROOT, file), `${JSON.stringify(schema, null, 2)}\n`);
    return file;
  });
  const formatted = spawnSync('biome', ['format', '--write', ...files], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (formatted.status !== 0) process.exitCode = 1;
}

if (import.meta.main) main();
