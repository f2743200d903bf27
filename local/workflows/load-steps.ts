import { z } from 'zod';
import { WorkflowError } from './errors.ts';
import type { Value } from './values.ts';
import type { Step } from './workflow.ts';

/** Any YAML value: what it may be was decided by GitHub's schema before. */
export const anyValue: z.ZodType<Value> = z.json();
export const anyMap = z.record(z.string(), anyValue);

const stepSchema = z.strictObject({
  id: z.string().optional(),
  name: z.coerce.string().optional(),
  if: anyValue.optional(),
  uses: z.string().optional(),
  run: z.coerce.string().optional(),
  with: anyMap.nullish(),
  env: anyValue.optional(),
  shell: anyValue.optional(),
  'working-directory': anyValue.optional(),
  'continue-on-error': anyValue.optional(),
  'timeout-minutes': anyValue.optional(),
});
export const STEP_KEYS = Object.keys(stepSchema.shape);

/**
 * Reads the steps of a job or of a composite action.
 * @throws WorkflowError naming the step, for what the local GitHub does not run.
 */
export function readSteps(value: unknown, where: string): Step[] {
  const list = z.array(z.unknown()).safeParse(value);
  if (!list.success) throw new WorkflowError('invalid_workflow', `${where}: expected a list of steps`);
  const steps = list.data.map((step, index) => readStep(step, `${where}.steps[${index}]`));
  refuseDuplicates(steps, where);
  return steps;
}

function readStep(value: unknown, where: string): Step {
  const parsed = stepSchema.safeParse(value);
  if (!parsed.success) throw new WorkflowError('invalid_workflow', `${where}: ${z.prettifyError(parsed.error)}`);
  const raw = parsed.data;
  const common = {
    ...(raw.id === undefined ? {} : { id: raw.id }),
    ...(raw.name === undefined ? {} : { name: raw.name }),
    if: raw.if,
    env: raw.env ?? null,
    continueOnError: raw['continue-on-error'] ?? false,
    timeoutMinutes: raw['timeout-minutes'],
  };
  if (raw.uses !== undefined && raw.run === undefined) {
    checkReference(raw.uses, where);
    return { kind: 'uses', ...common, uses: raw.uses, with: raw.with ?? {} };
  }
  if (raw.run !== undefined && raw.uses === undefined) {
    return { kind: 'run', ...common, run: raw.run, shell: raw.shell, workingDirectory: raw['working-directory'] };
  }
  throw new WorkflowError('invalid_workflow', `${where}: expected one of \`run\` and \`uses\``);
}

function checkReference(uses: string, where: string): void {
  if (uses.startsWith('./') || uses.startsWith('$/')) return;
  if (uses.startsWith('docker://')) {
    throw new WorkflowError('not_supported', `${where}: the local GitHub does not run container actions (\`${uses}\`)`);
  }
  if (/^[^/@\s]+\/[^/@\s]+(\/[^@\s]+)?@\S+$/.test(uses)) return;
  const expected = 'expected {owner}/{repo}[/{path}]@{ref}, ./{path} or $/{path}';
  throw new WorkflowError('invalid_workflow', `${where}.uses: ${expected}, got \`${uses}\``);
}

function refuseDuplicates(steps: readonly Step[], where: string): void {
  const seen = new Set<string>();
  for (const step of steps) {
    if (step.id === undefined) continue;
    const id = step.id.toLowerCase();
    if (seen.has(id)) throw new WorkflowError('invalid_workflow', `${where}: the step id \`${step.id}\` is used twice`);
    seen.add(id);
  }
}
