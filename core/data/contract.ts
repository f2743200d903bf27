import { isMap, LineCounter } from 'yaml';
import type { RepoPath } from '../names.ts';
import { repeatedKeys } from '../repeated-keys.ts';
import { suggestion } from '../suggest.ts';
import { readColumnOptions } from './column-options.ts';
import { firstLine, lineAt, parseYaml, toPlain } from './contract-document.ts';
import {
  type AggregateRule,
  type ContractColumn,
  type ContractProblem,
  type ContractWaiver,
  type DataContract,
  type LabelRule,
  type LineOf,
  LOGICAL_TYPES,
  type LogicalType,
  type NotChecked,
  type QualityRule,
  type Shape,
  type SqlRule,
  type TableSettings,
} from './contract-model.ts';
import { shownValue } from './contract-value.ts';
import { type CustomProperties, readAgainstBase } from './diff/read-against-base.ts';
import { readLabel } from './label-rule.ts';
import { readLeniency } from './leniency.ts';
import { chooseObject, OdcsContract, type SchemaObject } from './odcs.ts';
import { readPhysicalType } from './physical-type.ts';
import { mistakenContractKeys, mistakenKeys, type Property } from './property.ts';
import { readQuality } from './quality.ts';
import { readForeignKeys, readFreshness } from './relations.ts';
import { readSetting } from './setting.ts';
import { readShape } from './shape.ts';
import { readTableSettings } from './table-settings.ts';
import { readDialect } from './text/dialect.ts';

/** In UTF-16 code units: thousands of columns with a few words on each. */
export const MAX_CONTRACT = 1 << 19;

export type ContractResult =
  | { readonly ok: true; readonly contract: DataContract }
  | { readonly ok: false; readonly problems: readonly ContractProblem[] };

export interface ContractOptions {
  readonly file: RepoPath;
  /** Which schema object to take where there are several: one of this name or physical name, or of the stem of this path. */
  readonly dataset?: string;
  readonly path?: string;
}

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
  const [repeated] = repeatedKeys(document);
  if (repeated !== undefined)
    return fail('a key is there twice: map keys must be unique', lines.linePos(repeated).line);
  if (!isMap(document.contents)) return fail('expected a data contract (a YAML mapping), found something else', 1);
  const lineOf: LineOf = (path) => lineAt(document, lines, path);
  const plain = toPlain(document);
  if (plain === null) return fail('anchors and aliases are not supported in a contract: write the values out', 1);
  const parsed = OdcsContract.safeParse(plain);
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
  const others = parsed.data.schema.filter((one) => one !== object);
  const { slaProperties: sla = [], slaDefaultElement: slaElement = '' } = parsed.data;
  const notChecked = mistakenContractKeys(parsed.data, object, lineOf(['schema', index]));
  return readObject({ object, index, lineOf, file: options.file, sla, slaElement, others, notChecked });
}

interface ObjectInput {
  readonly object: SchemaObject;
  readonly index: number;
  readonly lineOf: LineOf;
  readonly file: RepoPath;
  /** `slaProperties` of the contract. */
  readonly sla: readonly unknown[];
  readonly slaElement: string;
  /** The contract's other schema objects. */
  readonly others: readonly SchemaObject[];
  /** What is known to be passed over before the object is read. */
  readonly notChecked: readonly NotChecked[];
}

/** What the parts of a contract are read into. */
interface Lists {
  readonly problems: ContractProblem[];
  readonly notChecked: NotChecked[];
  readonly columns: ContractColumn[];
  readonly rules: QualityRule[];
  readonly sqlRules: SqlRule[];
  readonly aggregates: AggregateRule[];
  readonly labels: LabelRule[];
  readonly waivers: ContractWaiver[];
}

function readObject({
  object,
  index,
  lineOf,
  file,
  sla,
  slaElement,
  others,
  notChecked: passed,
}: ObjectInput): ContractResult {
  const path = ['schema', index];
  const lists: Lists = {
    ...{
      problems: [],
      notChecked: [...passed],
      columns: [],
      rules: [],
      sqlRules: [],
      aggregates: [],
      labels: [],
      waivers: [],
    },
  };
  const line = lineOf([...path, 'customProperties']);
  const { values } = readLeniency({
    raw: object.customProperties,
    at: { column: null, ruleLine: null },
    line,
    ...lists,
  });
  const settings = readTableSettings(values, line, lists.problems);
  object.properties.forEach((property, position) => {
    readColumn(property, position, [...path, 'properties', position], lineOf, lists, settings);
  });
  readRules(object.quality ?? [], null, [...path, 'quality'], lineOf, lists);
  const dialect = readDialect(object.customProperties, line, lists.problems);
  const againstBase = readAgainstBase(customProperties(object, path), lineOf, lists.problems);
  const { problems, columns } = lists;
  const names = new Set(columns.map((column) => column.name));
  const relations = { object, path, lineOf, names, ...lists };
  const foreignKeys = readForeignKeys(relations);
  const freshness = readFreshness({ ...relations, sla, slaElement, others });
  for (const label of lists.labels) {
    const unknown = label.ignored.find((column) => !names.has(column));
    if (unknown !== undefined)
      problems.push({ message: `the label ignores "${unknown}", which is no column`, line: label.line });
  }
  const rules = lists.rules.filter((rule) => {
    const unknown = rule.columns.find((column) => !names.has(column));
    if (unknown === undefined) return true;
    const { severity, line: at } = rule;
    const what = `quality ${rule.metric}: it names ${shownValue(unknown)}, which is no column${suggestion(unknown, names)}`;
    lists.notChecked.push({ what, line: at, severity });
    return false;
  });
  if (columns.length === 0)
    problems.push({ message: `schema object "${object.name}" declares no columns`, line: lineOf(path) });
  if (problems.length > 0) return { ok: false, problems };
  const { sqlRules, aggregates, labels, waivers, notChecked } = lists;
  const contract = {
    ...{ file, name: object.name, columns, rules, sqlRules, foreignKeys, freshness, aggregates, labels, settings },
    ...{ waivers, notChecked },
  };
  return { ok: true, contract: { ...contract, ...(dialect === undefined ? {} : { dialect }), againstBase } };
}

function customProperties(object: SchemaObject, path: readonly PropertyKey[]): readonly CustomProperties[] {
  return [
    { column: null, raw: object.customProperties, path: [...path, 'customProperties'] },
    ...object.properties.map(({ name, customProperties: raw }, at) => {
      return { column: name, raw, path: [...path, 'properties', at, 'customProperties'] };
    }),
  ];
}

function readColumn(
  property: Property,
  position: number,
  path: readonly PropertyKey[],
  lineOf: LineOf,
  lists: Lists,
  settings: TableSettings,
): void {
  const { problems, columns } = lists;
  const { name } = property;
  const line = lineOf([...path, 'name']);
  if (columns.some((column) => column.name === name))
    problems.push({ message: `column "${name}" is declared twice`, line });
  const custom = lineOf([...path, 'customProperties']);
  const at = { column: name, ruleLine: null };
  const { severity, tolerance, personal, values } = readLeniency({
    ...{ raw: property.customProperties, at, line: custom },
    ...lists,
  });
  const lenient = { severity: severity ?? ('fail' as const), tolerance, personal };
  const own = (key: 'constant' | 'outliers', stated: string): ContractColumn['constant'] =>
    readSetting({ key: stated, value: values.get(stated), line: custom, otherwise: settings[key], problems });
  const found = {
    constant: own('constant', 'trainyardConstant'),
    outliers: own('outliers', 'trainyardOutliers'),
  };
  const column = readSingle(property, path, lineOf, lists);
  const primaryKey = property.primaryKey ? Math.max(property.primaryKeyPosition ?? position + 1, 1) : null;
  columns.push({ ...column, primaryKey, ...lenient, ...found });
  const label = readLabel(values.get('trainyardLabel'), name, custom, problems);
  if (label !== null) lists.labels.push(label);
  readRules(property.quality ?? [], name, [...path, 'quality'], lineOf, lists);
}

/** What a property says of each of its values, at whatever depth. */
function readSingle(
  property: Property,
  path: readonly PropertyKey[],
  lineOf: LineOf,
  { problems, notChecked }: Pick<Lists, 'problems' | 'notChecked'>,
): ContractColumn {
  const { name, unique, logicalType: written } = property;
  const line = lineOf([...path, 'name']);
  const isShape = written === 'object' || written === 'array';
  const logicalType = isShape ? null : readType(property, lineOf([...path, 'logicalType']), notChecked);
  const shape: Shape | null = isShape
    ? readShape({
        kind: written,
        property,
        lineOf: (rest) => lineOf([...path, ...rest]),
        problems,
        notChecked,
        read: (inner, rest) => readSingle(inner, [...path, ...rest], lineOf, { problems, notChecked }),
        // A field adds two parts to the path, an element one.
        depth: Math.ceil((path.length - 4) / 2),
      })
    : null;
  notChecked.push(...mistakenKeys(property, line));
  const options = readColumnOptions({
    column: name,
    logicalType,
    raw: isShape ? {} : (property.logicalTypeOptions ?? {}),
    lineOf: (key) => lineOf([...path, 'logicalTypeOptions', key]),
    problems,
    notChecked,
  });
  const required = property.required || property.primaryKey;
  const plain = { severity: 'fail', tolerance: null, personal: false, constant: null, outliers: null } as const;
  return { name, line, logicalType, required, unique, primaryKey: null, options, shape, ...plain };
}

function readRules(
  items: readonly Readonly<Record<string, unknown>>[],
  column: string | null,
  path: readonly PropertyKey[],
  lineOf: LineOf,
  lists: Lists,
): void {
  items.forEach((raw, at) => {
    const line = lineOf([...path, at]);
    readQuality({ raw, column, line, ...lists });
    const waivers = lists.waivers.length;
    readLeniency({ raw: raw['customProperties'], at: { column, ruleLine: line }, line, ...lists });
    const shares = items.some((_, other) => other !== at && lineOf([...path, other]) === line);
    // Waivers find their rule by its line.
    if (lists.waivers.length > waivers && shares)
      lists.problems.push({ message: 'a rule with a waiver needs a line of its own', line });
  });
}

function readType(property: Property, line: number, notChecked: NotChecked[]): LogicalType | null {
  const type = property.logicalType;
  if (type === undefined) return readPhysicalType(property, line, notChecked);
  const known = LOGICAL_TYPES.find((name) => name === type);
  if (known !== undefined) return known;
  notChecked.push({ what: `type "${type}" of column "${property.name}"`, line, severity: 'fail' });
  return null;
}

function fail(message: string, line: number): ContractResult {
  return { ok: false, problems: [{ message, line }] };
}
