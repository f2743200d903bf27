import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..', '..');

const Step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const Job = z.looseObject({
  permissions: z.record(z.string(), z.string()).optional(),
  environment: z.unknown().optional(),
  secrets: z.unknown().optional(),
  uses: z.string().optional(),
  'timeout-minutes': z.unknown().optional(),
  steps: z.array(Step).optional(),
});
const Workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  concurrency: z.looseObject({ group: z.string() }),
  jobs: z.record(z.string(), Job),
});

async function load(path: string) {
  const text = await readFile(join(ROOT, path), 'utf8');
  return { text, workflow: Workflow.parse(parse(text)) };
}

const ours = ['judge', 'merged-data', 'train', 'validate'].map((name) => `workflows/${name}.yml`);
const EXAMPLE = 'examples/flight-delay/.github/workflows';
const callers = ['trainyard-judge.yml', 'trainyard-train.yml', 'trainyard-validate.yml'].map(
  (name) => `${EXAMPLE}/${name}`,
);

test('the copies that GitHub reads are byte-equal', async () => {
  const names = (await readdir(join(ROOT, 'workflows'))).sort();
  expect(names).toEqual(expect.arrayContaining(ours.map((path) => path.replace('workflows/', ''))));
  for (const name of names) {
    const [original, copy] = await Promise.all(
      [join(ROOT, 'workflows', name), join(ROOT, '.github', 'workflows', name)].map((path) => readFile(path)),
    );
    expect(copy?.equals(original ?? Buffer.alloc(0)), name).toBe(true);
  }
});

/** DESIGN section 6: what each job may hold. */
const MAY_HOLD: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  'workflows/train.yml': {
    admit: { contents: 'read', actions: 'read' },
    fetch: { contents: 'read' },
    restore: { actions: 'read' },
    smoke: {},
    train: {},
  },
  'workflows/judge.yml': {
    collect: { contents: 'read', actions: 'read' },
    scan: {},
    evaluate: {},
    report: {},
  },
  'workflows/validate.yml': {
    fetch: { contents: 'read' },
    validate: {},
  },
  'workflows/merged-data.yml': {
    fetch: { contents: 'read', actions: 'read' },
    validate: {},
  },
};

test.each(ours)('%s: each job holds what the design allows, and no more', async (path) => {
  const { workflow } = await load(path);
  expect(workflow.permissions).toEqual({});
  const held = Object.fromEntries(Object.entries(workflow.jobs).map(([name, job]) => [name, job.permissions]));
  expect(held).toEqual(MAY_HOLD[path]);
});

test.each([...ours, ...callers])('%s: no job names an environment, a cache or a token of its own', async (path) => {
  const { workflow, text } = await load(path);
  for (const job of Object.values(workflow.jobs)) {
    expect(job.environment).toBeUndefined();
    expect(job.secrets).toBeUndefined();
  }
  expect(text).not.toMatch(/pull_request_target|workflow_run|id-token|\bcache:/);
});

/** The steps that may read data; none of them runs code of a pull request, nor loads what it brings. */
const READ_DATA: Readonly<Record<string, readonly string[]>> = {
  'workflows/train.yml': ['fetch $/actions/fetch'],
  'workflows/judge.yml': ['collect $/actions/collect'],
  'workflows/validate.yml': ['fetch $/actions/fetch-data'],
  'workflows/merged-data.yml': ['fetch $/actions/fetch-data'],
};
const DATA_SECRETS = [
  ...['DATA_AWS_ACCESS_KEY_ID', 'DATA_AWS_SECRET_ACCESS_KEY', 'DATA_AWS_SESSION_TOKEN'],
  ...['DATA_SNOWFLAKE_TOKEN', 'DATA_DATABRICKS_TOKEN'],
];

test.each([...ours, ...callers])(
  '%s: the data-read identity reaches the step that reads, and no other',
  async (path) => {
    const { workflow, text } = await load(path);
    const steps = Object.entries(workflow.jobs).flatMap(([job, { steps = [] }]) =>
      steps.map((step) => ({ name: `${job} ${step.uses}`, text: JSON.stringify(step) })),
    );
    expect(steps.filter((step) => step.text.includes('secrets.')).map(({ name }) => name)).toEqual(
      READ_DATA[path] ?? [],
    );
    const inSteps = steps.flatMap((step) => [...step.text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name));
    expect(inSteps).toEqual(READ_DATA[path] === undefined ? [] : DATA_SECRETS);
    // And nothing beside the steps, such as the environment of a job or of all of them.
    expect([...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name)).toEqual(inSteps);
  },
);

/** All that a shell is given, where a team has tables: words of ours, in jobs that run nothing of a pull request. */
const EXTENSIONS = ['delta', 'avro', 'iceberg'].map((name) => `duckdb-extension-${name}`);
const INSTALL =
  'python3 -m pip install --quiet --upgrade --no-deps --only-binary :all: --target "$HOME/.duckdb/extensions/trainyard"';

test('DuckDB’s extensions that the workflows install are of DuckDB’s own version', async () => {
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
  const [version] = /^\d+\.\d+\.\d+/.exec(dependencies['@duckdb/node-api'] ?? '') ?? [];
  const install = `${INSTALL} ${EXTENSIONS.map((name) => `${name}==${version}`).join(' ')}`;
  for (const path of ours) {
    const steps = Object.entries((await load(path)).workflow.jobs).flatMap(([job, { steps = [] }]) =>
      steps.flatMap((step, at) => (step.run === undefined ? [] : [{ job, run: step.run, next: steps[at + 1]?.uses }])),
    );
    expect(steps, path).toEqual(
      READ_DATA[path]?.map((reader) => {
        const [job, next] = reader.split(' ');
        return { job, run: install, next };
      }),
    );
  }
});

test.each(ours)('%s: nothing else is run in a shell, and every checkout drops its credentials', async (path) => {
  const { workflow } = await load(path);
  for (const step of Object.values(workflow.jobs).flatMap((job) => job.steps ?? [])) {
    if (step.run !== undefined) expect(step.run.startsWith(`${INSTALL} duckdb-extension-`)).toBe(true);
    expect(step.run ?? '').not.toContain('${{');
    if (step.uses?.startsWith('actions/checkout@') === true) {
      expect(step.with).toMatchObject({ 'persist-credentials': false, 'fetch-depth': 1 });
    }
  }
});

test.each(ours)('%s: other people’s actions are pinned to a commit that names its version', async (path) => {
  const { text } = await load(path);
  const uses = [...text.matchAll(/uses: (\S+)(.*)$/gm)].map(([, reference = '', rest = '']) => ({ reference, rest }));
  expect(uses.length).toBeGreaterThan(0);
  for (const { reference, rest } of uses) {
    if (reference.startsWith('$/')) continue;
    expect(reference).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    expect(rest).toMatch(/^ # v\d+\.\d+\.\d+$/);
  }
});

test.each(ours)('%s: every job has a time limit', async (path) => {
  const { workflow } = await load(path);
  for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeDefined();
});

test.each(ours)('%s: is called, never started by an event', async (path) => {
  expect(Object.keys((await load(path)).workflow.on)).toEqual(['workflow_call']);
});

const Inputs = z.record(z.string(), z.looseObject({ type: z.string(), required: z.boolean().optional() }));

test.each(callers)(
  '%s: a wrapper is dispatched, hands on its inputs, and grants what the design allows',
  async (path) => {
    const { workflow } = await load(path);
    expect(Object.keys(workflow.on)).toEqual(['workflow_dispatch']);
    const [job, ...others] = Object.values(workflow.jobs);
    expect(others).toEqual([]);
    const name = /\/(train|judge|validate)\.yml@v1$/.exec(job?.uses ?? '')?.[1];
    const called = (await load(`workflows/${name}.yml`)).workflow;

    const dispatched = Inputs.parse(
      z.looseObject({ inputs: z.unknown() }).parse(workflow.on['workflow_dispatch']).inputs,
    );
    const wanted = Inputs.parse(z.looseObject({ inputs: z.unknown() }).parse(called.on['workflow_call']).inputs);
    const passed = z.record(z.string(), z.string()).parse(z.looseObject({ with: z.unknown() }).parse(job).with);
    for (const [input, expression] of Object.entries(passed)) expect(expression).toBe(`\${{ inputs.${input} }}`);
    for (const [input, { required }] of Object.entries(wanted))
      if (required === true) expect(passed).toHaveProperty(input);
    for (const { type } of Object.values(dispatched)) expect(type).toBe('string');

    const needed = Object.values(called.jobs).flatMap((inner) => Object.entries(inner.permissions ?? {}));
    expect(job?.permissions).toEqual(Object.fromEntries(needed));
  },
);

test.each(callers)('%s: the run-name ends with the mark that a dispatch is found by', async (path) => {
  const { text } = await load(path);
  // The mark of a validation begins with its kind by itself.
  const mark = {
    train: 'train ${{ inputs.run_id }}',
    judge: 'judge ${{ inputs.run_id }}',
    validate: '${{ inputs.mark }}',
  };
  const kind = z.enum(['train', 'judge', 'validate']).parse(/trainyard-(\w+)\.yml$/.exec(path)?.[1]);
  expect(text).toContain(`\nrun-name: trainyard ${mark[kind]}\n`);
});
