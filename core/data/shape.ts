import { z } from 'zod';
import type { ContractColumn, ContractProblem, NotChecked, Shape } from './contract-model.ts';
import { readCustom } from './custom-properties.ts';
import { Property } from './property.ts';

export interface ShapeInput {
  readonly kind: Shape['kind'];
  readonly property: Property;
  readonly lineOf: (path: readonly PropertyKey[]) => number;
  /** Appended to, as is the list below. */
  readonly problems: ContractProblem[];
  readonly notChecked: NotChecked[];
  /** Reads a property inside of this one, which stands at the path. */
  readonly read: (property: Property, path: readonly PropertyKey[]) => ContractColumn;
  /** How many values this one is inside of. */
  readonly depth: number;
}

/** Deeper contracts are no contracts of people, and would only exhaust the stack. */
const MAX_DEPTH = 16;

/** Reads what ODCS says of an object's `properties` or of an array's `items`, at any depth. */
export function readShape(input: ShapeInput): Shape {
  return input.kind === 'object' ? objectOf(input) : arrayOf(input);
}

function objectOf(input: ShapeInput): Shape {
  const { property } = input;
  const fields = (property.properties ?? []).flatMap((raw, at) => inner(input, raw, ['properties', at]) ?? []);
  const { required, ...others } = property.logicalTypeOptions ?? {};
  openOptions(input, Object.keys(others));
  const names = z.array(z.string()).safeParse(required ?? []);
  const unknown = names.data?.find((name) => !fields.some((field) => field.name === name));
  if (!names.success || unknown !== undefined)
    input.notChecked.push({
      what: `option "required" of "${property.name}" (it takes names of its properties)`,
      line: input.lineOf(['logicalTypeOptions', 'required']),
      severity: 'fail',
    });
  const asked = new Set(names.data);
  return {
    kind: 'object',
    fields: fields.map((field) => (asked.has(field.name) ? { ...field, required: true } : field)),
  };
}

const Limit = z.int().min(0).nullable().default(null);
const ArrayOptions = z.object({ minItems: Limit, maxItems: Limit, uniqueItems: z.boolean().default(false) });

function arrayOf(input: ShapeInput): Shape {
  const { property } = input;
  const raw = property.logicalTypeOptions ?? {};
  openOptions(
    input,
    Object.keys(raw).filter((key) => !(key in ArrayOptions.shape)),
  );
  const parsed = ArrayOptions.safeParse(raw);
  if (!parsed.success) {
    const line = input.lineOf(['logicalTypeOptions']);
    const message = `"${property.name}": minItems and maxItems are whole numbers, uniqueItems is true or false`;
    input.problems.push({ message, line });
  }
  const options = parsed.data ?? { minItems: null, maxItems: null, uniqueItems: false };
  const { items } = property;
  // Elements have no names of their own, and the standard asks for none.
  const named = typeof items === 'object' && items !== null ? { name: 'items', ...items } : items;
  return { kind: 'array', items: items === undefined ? null : inner(input, named, ['items']), ...options };
}

function inner(input: ShapeInput, raw: unknown, path: readonly PropertyKey[]): ContractColumn | null {
  const line = input.lineOf(path);
  if (input.depth >= MAX_DEPTH) {
    input.problems.push({ message: `expected at most ${MAX_DEPTH} values inside of one another, found more`, line });
    return null;
  }
  const parsed = Property.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    input.problems.push({ message: `${[...path, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? ''}`, line });
    return null;
  }
  const property = parsed.data;
  const open = [
    ...(property.primaryKey ? ['primaryKey'] : []),
    ...(property.quality === undefined || property.quality.length === 0 ? [] : ['quality']),
    ...(property.relationships === undefined || property.relationships.length === 0 ? [] : ['relationships']),
  ];
  for (const what of open)
    input.notChecked.push({
      what: `${what} of "${property.name}" inside of "${input.property.name}"`,
      line,
      severity: 'fail',
    });
  const column = input.read(property, path);
  const values = readCustom(property.customProperties, 'inner value', line, input.problems);
  // In doubt values are masked.
  return { ...column, personal: (values.get('trainyardPersonal') ?? false) !== false };
}

function openOptions(input: ShapeInput, keys: readonly string[]): void {
  for (const key of keys)
    input.notChecked.push({
      what: `option "${key}" of "${input.property.name}"`,
      line: input.lineOf(['logicalTypeOptions', key]),
      severity: 'fail',
    });
}
