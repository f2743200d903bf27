import { z } from 'zod';
import { didYouMean, suggestion } from '../suggest.ts';
import { cut } from './checks/measured.ts';
import type {
  ContractColumn,
  ContractProblem,
  ForeignKey,
  FreshnessRule,
  LineOf,
  NotChecked,
} from './contract-model.ts';
import { scalarText, shownValue } from './contract-value.ts';
import { readCustom } from './custom-properties.ts';
import { readTolerance } from './setting.ts';

export interface RelationsInput {
  readonly object: {
    readonly name: string;
    readonly physicalName?: string | undefined;
    readonly relationships?: readonly unknown[] | undefined;
    readonly properties: readonly { readonly name: string; readonly relationships?: readonly unknown[] | undefined }[];
  };
  /** Of the schema object in the contract. */
  readonly path: readonly PropertyKey[];
  readonly lineOf: LineOf;
  /** Of the declared columns. */
  readonly names: ReadonlySet<string>;
  readonly columns: readonly ContractColumn[];
  /** Appended to, as is the list below. */
  readonly problems: ContractProblem[];
  readonly notChecked: NotChecked[];
}

const Names = z.union([z.string(), z.array(z.string()).min(1).max(64)]).transform((names) => [names].flat());
const Relationship = z.looseObject({
  type: z.string().default('foreignKey'),
  from: Names.optional(),
  to: Names,
  customProperties: z.unknown().optional(),
});

/** `object.column`, or `schema/object/properties/column`, also behind the name of another contract's file. */
const TARGET =
  /^(?:(?:[^#]*#)?\/?schema\/(?<id>[^/]+)\/properties\/(?<property>[^/]+)|(?:.*\.)?(?<object>[^.]+)\.(?<column>[^.]+))$/;

function targetOf(name: string): { readonly object: string; readonly column: string } | null {
  const groups = TARGET.exec(name)?.groups;
  const object = groups?.['id'] ?? groups?.['object'];
  const column = groups?.['property'] ?? groups?.['column'];
  return object === undefined || column === undefined ? null : { object, column };
}

/** Reads ODCS `relationships` of the table and of its columns: `to` is `object.column`. */
export function readForeignKeys(input: RelationsInput): readonly ForeignKey[] {
  const { object, path, lineOf } = input;
  const found: ForeignKey[] = [];
  (object.relationships ?? []).forEach((raw, at) => {
    const key = readOne(raw, null, lineOf([...path, 'relationships', at]), input);
    if (key !== null) found.push(key);
  });
  object.properties.forEach((property, position) => {
    (property.relationships ?? []).forEach((raw, at) => {
      const line = lineOf([...path, 'properties', position, 'relationships', at]);
      const key = readOne(raw, property.name, line, input);
      if (key !== null) found.push(key);
    });
  });
  return found;
}

function readOne(raw: unknown, column: string | null, line: number, input: RelationsInput): ForeignKey | null {
  const { problems, notChecked, names } = input;
  const parsed = Relationship.safeParse(raw);
  const open = (what: string): null => {
    notChecked.push({ what: cut(what), line, severity: 'fail' });
    return null;
  };
  if (!parsed.success) return open(`relationship of ${column ?? 'the table'} (it needs to: object.column)`);
  const { type, from, to } = parsed.data;
  const columns = column === null ? (from ?? []).map((name) => targetOf(name)?.column ?? name) : [column];
  const targets = to.map(targetOf);
  const objects = new Set(targets.map((target) => target?.object));
  const [object] = objects;
  if (type !== 'foreignKey' || objects.size !== 1 || object === undefined) {
    const why = '(expected type foreignKey and to: object.column, of one object)';
    return open(`relationship of ${columns.join(', ') || 'the table'} ${why}`);
  }
  const unknown = columns.find((name) => !names.has(name));
  if (columns.length !== to.length || unknown !== undefined) {
    const why =
      unknown === undefined
        ? `it needs as many columns in from as in to, found ${columns.length} and ${to.length}`
        : `${shownValue(unknown)} is no column${suggestion(unknown, names)}`;
    return open(`relationship of ${columns.join(', ') || 'the table'} (${why})`);
  }
  const own = input.columns.find(({ name }) => columns.length === 1 && name === columns[0]);
  const leniency = leniencyOf(parsed.data.customProperties, line, own ?? null, problems);
  return { columns, to: { object, columns: targets.map((target) => target?.column ?? '') }, ...leniency, line };
}

/** The relationship's own word, or else that of the column. */
function leniencyOf(
  raw: unknown,
  line: number,
  column: ContractColumn | null,
  problems: ContractProblem[],
): Pick<ForeignKey, 'severity' | 'tolerance'> {
  const values = readCustom(raw, 'relationship', line, problems);
  const [severity, tolerance] = [values.get('trainyardSeverity'), values.get('trainyardTolerance')];
  const read = tolerance === undefined ? (column?.tolerance ?? null) : readTolerance(tolerance);
  if (tolerance !== undefined && read === null)
    problems.push({ message: 'trainyardTolerance: expected "0.5 %" or "10 rows"', line });
  if (severity === 'warn' || severity === 'fail') return { severity, tolerance: read };
  if (severity !== undefined) problems.push({ message: 'trainyardSeverity: expected warn or fail', line });
  return { severity: column?.severity ?? 'fail', tolerance: read };
}

const Sla = z.looseObject({
  property: z.string(),
  value: z.unknown(),
  // What is no text is none of those that are known, and then said to be wanting.
  unit: z.string().optional().catch(''),
  element: z.string().optional().catch('.'),
});

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  second: 1,
  min: 60,
  minute: 60,
  h: 3600,
  hr: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
  w: 604_800,
  week: 604_800,
  month: 2_629_800,
  y: 31_557_600,
  yr: 31_557_600,
  year: 31_557_600,
};

interface FreshnessInput extends RelationsInput {
  readonly sla: readonly unknown[];
  /** `slaDefaultElement` of the contract: of properties that name none. */
  readonly slaElement: string;
  /** The contract's other schema objects: what is said of them is checked with their data. */
  readonly others: readonly { readonly name: string; readonly physicalName?: string | undefined }[];
}

const JUDGED = ['freshness', 'latency'];
/** Of the standard's properties, those that say something of the data, though nothing that a file shows at one moment. */
const OF_DATA = ['retention', 'frequency', 'timeofavailability', 'timeliness'];
/** Those of the service that gives the data. */
const OF_SERVICE = [
  ...['availability', 'throughput', 'errorrate', 'generalavailability', 'endofsupport', 'endoflife'],
  ...['timetodetect', 'timetonotify', 'timetorepair'],
];

/** A property that is not checked, and what of it should not be passed over in silence; null where nothing is. */
function passedOver(raw: unknown): Omit<NotChecked, 'line'> | null {
  const parsed = z.looseObject({ property: z.string() }).safeParse(raw);
  if (!parsed.success) return { what: 'an SLA property without a name in "property"', severity: 'fail' };
  const name = parsed.data.property.slice(0, 100);
  const property = name.toLowerCase();
  if (OF_SERVICE.includes(property)) return null;
  if (OF_DATA.includes(property)) return { what: `SLA property ${name}`, severity: 'warn' };
  const meant = didYouMean(property, JUDGED);
  return meant === null ? null : { what: `SLA property "${name}" (did you mean ${meant}?)`, severity: 'fail' };
}

/**
 * Reads `freshness` and `latency` of a column of this object. Other SLA properties say nothing about what the data holds
 * now; those that seem to are listed as not checked.
 */
export function readFreshness(input: FreshnessInput): readonly FreshnessRule[] {
  const { object, names, sla, slaElement, lineOf, notChecked, others } = input;
  return sla.flatMap((raw, at) => {
    const line = lineOf(['slaProperties', at]);
    const parsed = Sla.safeParse(raw);
    const property = parsed.data?.property.toLowerCase();
    if (!parsed.success || (property !== 'freshness' && property !== 'latency')) {
      const passed = passedOver(raw);
      if (passed !== null) notChecked.push({ ...passed, line });
      return [];
    }
    const { value, unit = '', element } = parsed.data;
    const seconds = Number(scalarText(value)) * (SECONDS[unit.toLowerCase().replace(/(?<=..)s$/, '')] ?? Number.NaN);
    // The standard separates several elements by commas.
    return (element ?? slaElement).split(',').flatMap((one): readonly FreshnessRule[] => {
      const [, table, column] = /^(?:(.*)\.)?([^.]+)$/.exec(one.trim()) ?? [];
      const own = table === undefined || table === object.name || table === object.physicalName;
      if (!own && others.some(({ name, physicalName }) => table === name || table === physicalName)) return [];
      if (!own || column === undefined || !names.has(column) || typeof value === 'boolean' || !(seconds > 0)) {
        const what = `SLA property ${property} (it needs a column of the data in element, a number in value and a unit such as d or h)`;
        notChecked.push({ what, line, severity: 'fail' });
        return [];
      }
      const severity = input.columns.find(({ name }) => name === column)?.severity ?? 'fail';
      return [{ property, column, seconds, severity, line }];
    });
  });
}
