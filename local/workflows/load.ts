import { isScalar, isMap as isYamlMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { WorkflowError } from './errors.ts';
import { workflowParser } from './github-packages.ts';
import { anyMap, anyValue, readSteps, STEP_KEYS } from './load-steps.ts';
import { readPermissions } from './permissions.ts';
import { isMap, type Value, type ValueMap } from './values.ts';
import { type Concurrency, DEFAULT_JOB_MINUTES, type Job, type RunDefaults, type Workflow } from './workflow.ts';

/** GitHub reads no workflow larger than this. */
const MAX_BYTES = 512 * 1024;

const defaultsSchema = z.strictObject({
  run: z.strictObject({ shell: anyValue.optional(), 'working-directory': anyValue.optional() }).nullish(),
});

const workflowSchema = z.strictObject({
  name: z.coerce.string().optional(),
  'run-name': z.coerce.string().optional(),
  on: anyValue,
  env: anyValue.optional(),
  concurrency: anyValue.optional(),
  permissions: anyValue.optional(),
  jobs: z.record(z.string(), anyMap),
});

const jobSchema = z.strictObject({
  name: z.coerce.string().optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  if: anyValue.optional(),
  permissions: anyValue.optional(),
  strategy: z
    .strictObject({
      matrix: anyValue.optional(),
      'fail-fast': anyValue.optional(),
      'max-parallel': anyValue.optional(),
    })
    .optional(),
  'runs-on': anyValue.optional(),
  env: anyValue.optional(),
  defaults: defaultsSchema.nullish(),
  outputs: anyMap.nullish(),
  environment: anyValue.optional(),
  'timeout-minutes': anyValue.optional(),
  'continue-on-error': anyValue.optional(),
  steps: z.array(z.unknown()).optional(),
  uses: z.string().optional(),
  with: anyValue.optional(),
  secrets: z.union([z.literal('inherit'), anyMap]).nullish(),
});

/** Every key that the executor understands, by where it stands in a workflow file. */
export const KEYS = {
  workflow: Object.keys(workflowSchema.shape),
  job: Object.keys(jobSchema.shape),
  step: STEP_KEYS,
};

/**
 * Reads a workflow file. GitHub's own parser validates it, `yaml` gives the structure (the parser's model drops keys).
 * @throws WorkflowError `invalid_workflow` with GitHub's messages (`path (Line: 6, Col: 14): …`), one a line, or
 * `not_supported` with the name of what the local GitHub does not run.
 */
export async function loadWorkflow(path: string, content: string): Promise<Workflow> {
  if (Buffer.byteLength(content) > MAX_BYTES) {
    throw new WorkflowError('limit_exceeded', `${path}: expected at most ${MAX_BYTES} bytes`);
  }
  await validate(path, content);
  const lines = new LineCounter();
  const document = parseDocument(content, { version: '1.2', lineCounter: lines });
  const parsed = workflowSchema.safeParse(document.toJS({ maxAliasCount: 1000 }));
  if (!parsed.success) throw new WorkflowError('not_supported', `${path}: ${z.prettifyError(parsed.error)}`);
  const raw = parsed.data;
  const concurrency = readConcurrency(raw.concurrency);
  const permissions = readPermissions(raw.permissions, `${path}: permissions`);
  const jobLines = linesOfJobs(document.get('jobs'), lines);
  return {
    path,
    name: raw.name ?? path,
    ...(raw['run-name'] === undefined ? {} : { runName: raw['run-name'] }),
    on: readTriggers(raw.on),
    env: raw.env ?? null,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(permissions === undefined ? {} : { permissions }),
    jobs: new Map(
      Object.entries(raw.jobs).map(([id, job]) => [id, readJob(id, job, `${path}: jobs.${id}`, jobLines.get(id) ?? 1)]),
    ),
  };
}

async function validate(path: string, content: string): Promise<void> {
  const result = workflowParser.parseWorkflow({ name: path, content }, new workflowParser.NoOperationTraceWriter());
  if (result.value !== undefined) await workflowParser.convertWorkflowTemplate(result.context, result.value);
  const errors = result.context.errors.getErrors().map((error) => error.message);
  if (errors.length > 0) throw new WorkflowError('invalid_workflow', [...new Set(errors)].join('\n'));
}

function readTriggers(value: Value): Workflow['on'] {
  if (typeof value === 'string') return { [value]: {} };
  if (Array.isArray(value)) return Object.fromEntries(value.map((event: Value) => [String(event), {}]));
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([event, filter]) => [event, isMap(filter) ? filter : {}]));
}

function readDefaults(value: z.infer<typeof defaultsSchema> | null | undefined): RunDefaults {
  const run = value?.run;
  const workingDirectory = run?.['working-directory'];
  return {
    ...(run?.shell === undefined ? {} : { shell: run.shell }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
  };
}

function readConcurrency(value: Value | undefined): Concurrency | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isMap(value)) return { group: value, cancelInProgress: false, queue: 'single' };
  const queue = value['queue'] === 'max' ? 'max' : 'single';
  return { group: value['group'] ?? '', cancelInProgress: value['cancel-in-progress'] ?? false, queue };
}

function readJob(id: string, value: ValueMap, where: string, line: number): Job {
  const parsed = jobSchema.safeParse(value);
  if (!parsed.success) {
    throw new WorkflowError(
      'not_supported',
      `${where}: the local GitHub can't run it: ${z.prettifyError(parsed.error)}`,
    );
  }
  const raw = parsed.data;
  const permissions = readPermissions(raw.permissions, `${where}.permissions`);
  const common = {
    id,
    line,
    ...(raw.name === undefined ? {} : { name: raw.name }),
    needs: raw.needs === undefined ? [] : [raw.needs].flat(),
    if: raw.if,
    ...(permissions === undefined ? {} : { permissions }),
    strategy: {
      matrix: raw.strategy?.matrix,
      failFast: raw.strategy?.['fail-fast'] ?? true,
      maxParallel: raw.strategy?.['max-parallel'],
    },
  };
  if (raw.uses !== undefined) {
    return { kind: 'call', ...common, uses: raw.uses, with: raw.with ?? null, secrets: raw.secrets ?? {} };
  }
  return {
    kind: 'steps',
    ...common,
    runsOn: raw['runs-on'] ?? null,
    env: raw.env ?? null,
    defaults: readDefaults(raw.defaults),
    outputs: raw.outputs ?? {},
    environment: raw.environment,
    timeoutMinutes: raw['timeout-minutes'] ?? DEFAULT_JOB_MINUTES,
    continueOnError: raw['continue-on-error'] ?? false,
    steps: readSteps(raw.steps, where),
  };
}

function linesOfJobs(jobs: unknown, lines: LineCounter): Map<string, number> {
  const found = new Map<string, number>();
  if (!isYamlMap(jobs)) return found;
  for (const { key } of jobs.items) {
    if (isScalar(key) && key.range) found.set(String(key.value), lines.linePos(key.range[0]).line);
  }
  return found;
}
