import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { RepoPath } from '../names.ts';
import { readColumnOptions } from './column-options.ts';
import {
  type ContractColumn,
  type ContractProblem,
  type DataContract,
  LOGICAL_TYPES,
  type LogicalType,
  type NotChecked,
  type QualityRule,
} from './contract-model.ts';
import { readQuality } from './quality.ts';

/** In UTF-16 code units. */
const MAX_CONTRACT = 256 * 1024;
const MAX_COLUMNS = 2000;

export type ContractResult =
  | { readonly ok: true; readonly contract: DataContract }
  | { readonly ok: false; readonly problems: readonly ContractProblem[] };

export interface ContractOptions {
  readonly file: RepoPath;
  /** Which schema object to take where there are several: one of this name or physical name, or of the stem of this path. */
  readonly dataset?: string;
  readonly path?: string;
}

const Property = z.looseObject({
  name: z.string().min(1).max(256),
  logicalType: z.string().optional(),
  required: z.boolean().default(false),
  unique: z.boolean().default(false),
  primaryKey: z.boolean().default(false),
  primaryKeyPosition: z.int().optional(),
  logicalTypeOptions: z.record(z.string(), z.unknown()).optional(),
  quality: z.array(z.record(z.string(), z.unknown())).max(100).optional(),
});

const SchemaObject = z.looseObject({
  name: z.string().min(1).max(256),
  physicalName: z.string().optional(),
  properties: z.array(Property).max(MAX_COLUMNS).default([]),
  quality: z.array(z.record(z.string(), z.unknown())).max(100).optional(),
});
type SchemaObject = z.infer<typeof SchemaObject>;

const Contract = z.looseObject({
  apiVersion: z.string().regex(/^v3\.\d+\.\d+$/, 'expected ODCS v3, such as v3.1.0'),
  kind: z.literal('DataContract'),
  id: z.string().min(1),
  version: z.string().min(1),
  status: z.string().min(1),
  schema: z.array(SchemaObject).min(1, 'the contract has no schema object to check').max(100),
});

/** Finds lines in the contract by the path of a value. */
export type LineOf = (path: readonly PropertyKey[]) => number;

/**
 * Reads a contract. Keys that we don't know are allowed, as ODCS tools do; rules and types that we can't check are
 * listed in `notChecked`. The text may be hostile: aliases, merge keys, tags and duplicate keys are refused.
 */
export function parseContract(text: string, options: ContractOptions): ContractResult {
  if (text.length > MAX_CONTRACT) return fail(`a contract may have ${MAX_CONTRACT} characters at most`, 1);
  const lines = new LineCounter();
  const document = parseYaml(text, lines);
  if (document === null) return fail('the contract is nested too deeply', 1);
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) {
    return {
      ok: false,
      problems: errors.slice(0, 50).map((e) => ({ message: firstLine(e.message), line: lines.linePos(e.pos[0]).line })),
    };
  }
  if (!isMap(document.contents)) return fail('expected a data contract (a YAML mapping), found something else', 1);
  const lineOf: LineOf = (path) => lineAt(document, lines, path);
  const plain = toPlain(document);
  if (plain === null) return fail('anchors and aliases are not supported in a contract: write the values out', 1);
  const parsed = Contract.safeParse(plain);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, 50).map((issue) => ({
      message: `${issue.path.join('.') || 'contract'}: ${issue.message}`,
      line: lineOf(issue.path),
    }));
    return { ok: false, problems };
  }
  const index = chooseObject(parsed.data.schema, options);
  const object = index === null ? undefined : parsed.data.schema[index];
  if (index === null || object === undefined) {
    const names = parsed.data.schema.map((item) => `"${item.name}"`).join(', ');
    return fail(
      `the contract has several schema objects (${names}) and none is named after the dataset`,
      lineOf(['schema']),
    );
  }
  return readObject(object, index, lineOf, options.file);
}

function parseYaml(text: string, lines: LineCounter): Document.Parsed | null {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: true,
      merge: false,
      schema: 'core',
      version: '1.2',
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Null where there is an alias: none is resolved, so that no bomb can be written with them. */
function toPlain(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return null;
    throw error;
  }
}

function lineAt(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function chooseObject(objects: readonly SchemaObject[], options: ContractOptions): number | null {
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

function readObject(object: SchemaObject, index: number, lineOf: LineOf, file: RepoPath): ContractResult {
  const base = ['schema', index];
  const problems: ContractProblem[] = [];
  const notChecked: NotChecked[] = [];
  const columns: ContractColumn[] = [];
  const rules: QualityRule[] = [];
  const names = new Set<string>();
  object.properties.forEach((property, position) => {
    const path = [...base, 'properties', position];
    const line = lineOf([...path, 'name']);
    if (names.has(property.name)) problems.push({ message: `column "${property.name}" is declared twice`, line });
    names.add(property.name);
    const logicalType = readType(property, lineOf([...path, 'logicalType']), notChecked);
    const options = readColumnOptions({
      column: property.name,
      logicalType,
      raw: property.logicalTypeOptions ?? {},
      lineOf: (key) => lineOf([...path, 'logicalTypeOptions', key]),
      problems,
      notChecked,
    });
    const primaryKey = property.primaryKey ? Math.max(property.primaryKeyPosition ?? position + 1, 1) : null;
    const { name, required, unique } = property;
    columns.push({ name, line, logicalType, required: required || property.primaryKey, unique, primaryKey, options });
    (property.quality ?? []).forEach((raw, at) => {
      readQuality({ raw, column: name, line: lineOf([...path, 'quality', at]), problems, notChecked, rules });
    });
  });
  (object.quality ?? []).forEach((raw, at) => {
    readQuality({ raw, column: null, line: lineOf([...base, 'quality', at]), problems, notChecked, rules });
  });
  for (const rule of rules) {
    const unknown = rule.columns.find((column) => !names.has(column));
    if (unknown !== undefined)
      problems.push({ message: `the rule names "${unknown}", which is no column`, line: rule.line });
  }
  if (columns.length === 0)
    problems.push({ message: `schema object "${object.name}" declares no columns`, line: lineOf(base) });
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, contract: { file, name: object.name, columns, rules, notChecked } };
}

function readType(property: z.infer<typeof Property>, line: number, notChecked: NotChecked[]): LogicalType | null {
  const type = property.logicalType;
  if (type === undefined) return null;
  const known = LOGICAL_TYPES.find((name) => name === type);
  if (known !== undefined) return known;
  notChecked.push({ what: `type "${type}" of column "${property.name}"`, line, severity: 'fail' });
  return null;
}

function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message;
}

function fail(message: string, line: number): ContractResult {
  return { ok: false, problems: [{ message, line }] };
}
