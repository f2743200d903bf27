import { WorkflowError } from './errors.ts';
import { isMap, toText, type Value, type ValueMap } from './values.ts';
import { MAX_MATRIX_JOBS } from './workflow.ts';

/**
 * Expands an evaluated `strategy.matrix` into its combinations, in GitHub's order.
 * https://docs.github.com/actions/reference/workflow-syntax#jobsjob_idstrategymatrix
 * @throws WorkflowError if it is empty, malformed or has more than 256 combinations.
 */
export function expandMatrix(matrix: Value): ValueMap[] {
  if (!isMap(matrix))
    throw new WorkflowError('invalid_workflow', `strategy.matrix: expected a mapping, got \`${toText(matrix)}\``);
  const { include, exclude, ...vectors } = matrix;
  const excluded = readList(exclude, 'exclude');
  const base = product(vectors).filter((combination) => !excluded.some((entry) => matches(combination, entry)));
  const combinations = base.map((combination) => ({ original: combination, all: { ...combination } }));
  const added: ValueMap[] = [];
  for (const entry of readList(include, 'include')) {
    const targets = combinations.filter((combination) => fits(combination.original, entry));
    for (const target of targets) Object.assign(target.all, entry);
    if (targets.length === 0) added.push(entry);
  }
  const result = [...combinations.map((combination) => combination.all), ...added];
  if (result.length === 0) throw new WorkflowError('invalid_workflow', 'Matrix vector does not contain any values');
  if (result.length > MAX_MATRIX_JOBS) {
    throw new WorkflowError(
      'limit_exceeded',
      `strategy.matrix: expected at most ${MAX_MATRIX_JOBS} jobs, got ${result.length}`,
    );
  }
  return result;
}

function product(vectors: ValueMap): Record<string, Value>[] {
  let combinations: Record<string, Value>[] = Object.keys(vectors).length === 0 ? [] : [{}];
  for (const [key, values] of Object.entries(vectors)) {
    if (!Array.isArray(values))
      throw new WorkflowError('invalid_workflow', `strategy.matrix.${key}: expected a list, got \`${toText(values)}\``);
    if (values.length === 0)
      throw new WorkflowError('invalid_workflow', `Matrix vector '${key}' does not contain any values`);
    if (combinations.length * values.length > 16 * MAX_MATRIX_JOBS) {
      throw new WorkflowError('limit_exceeded', `strategy.matrix: expected at most ${MAX_MATRIX_JOBS} jobs`);
    }
    combinations = combinations.flatMap((combination) =>
      values.map((value: Value) => ({ ...combination, [key]: value })),
    );
  }
  return combinations;
}

function readList(value: Value | undefined, name: string): ValueMap[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isMap)) {
    throw new WorkflowError('invalid_workflow', `strategy.matrix.${name}: expected a list of mappings`);
  }
  return value;
}

/** An include entry extends a combination unless it would overwrite one of its original values. */
function fits(original: ValueMap, entry: ValueMap): boolean {
  const shared = Object.keys(entry).filter((key) => key in original);
  if (shared.length === 0) return Object.keys(original).length > 0;
  return shared.every((key) => equal(original[key], entry[key]));
}

function matches(combination: ValueMap, entry: ValueMap): boolean {
  return Object.entries(entry).every(([key, value]) => equal(combination[key], value));
}

function equal(a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The values of a combination as GitHub appends them to a job's name: `(ubuntu, 3.12)`. */
export function matrixSuffix(combination: ValueMap): string {
  const texts = Object.values(combination).flatMap(scalars);
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

function scalars(value: Value): string[] {
  if (Array.isArray(value)) return value.flatMap(scalars);
  if (isMap(value)) return Object.values(value).flatMap(scalars);
  return value === null ? [] : [toText(value)];
}
