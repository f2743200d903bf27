import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { COMPANIONS, TOOLS } from './fixtures.ts';
import { type Outcome, openPlayground, type Playground } from './playground.ts';

const texts = z.record(z.string(), z.array(z.string())).default({});

/** The first document of a feature's file: how its workflow is to be started, and what must come out. */
const Expectation = z.strictObject({
  inputs: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
  environments: z
    .record(z.string(), z.object({ branches: z.array(z.string()), secrets: z.record(z.string(), z.string()) }))
    .default({}),
  serverEnvironment: z.record(z.string(), z.string()).default({}),
  conclusion: z.string().default('success'),
  title: z.string().optional(),
  /** Every job with its conclusion. */
  jobs: z.record(z.string(), z.string()),
  /** Lines (or parts of lines) that a job's log must hold, and must not. */
  log: texts,
  notlog: texts,
  summaries: texts,
  steps: texts,
  annotations: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).default({}),
});

const directory = join(import.meta.dirname, 'features');
const features = readdirSync(directory).map((file) => {
  const [head = '', workflow = ''] = readFileSync(join(directory, file), 'utf8').split('\n---\n');
  return { name: basename(file, '.yml'), file, expected: Expectation.parse(parse(head)), workflow };
});

let playground: Playground;

beforeAll(async () => {
  for (const feature of features) Object.assign(process.env, feature.expected.serverEnvironment);
  playground = await openPlayground({ maxParallelJobs: 4, minute: 1500 });
  const { github } = playground;
  const sha = await playground.repository('tools', TOOLS);
  await playground.api('POST', '/repos/ada/tools/git/refs', { ref: 'refs/tags/v1', sha });
  const files = Object.fromEntries(features.map((feature) => [`.github/workflows/${feature.file}`, feature.workflow]));
  await playground.repository('features', { ...files, ...COMPANIONS });
  const repository = github.repository('ada', 'features');
  for (const { expected } of features) {
    for (const [name, value] of Object.entries(expected.secrets)) github.setSecret(repository, name, value);
    for (const [name, options] of Object.entries(expected.environments))
      github.createEnvironment(repository, name, options);
  }
});

afterAll(async () => {
  for (const feature of features)
    for (const name of Object.keys(feature.expected.serverEnvironment)) delete process.env[name];
  playground.judge.assertClean();
  await playground.close();
});

describe.concurrent('a workflow', () => {
  test.each(features)('$name comes out as its file says', async ({ file, expected }) => {
    const outcome = await playground.dispatch('features', file, expected.inputs);
    const jobs = Object.fromEntries(outcome.jobs.map((job) => [job.name, job.conclusion]));
    const logs = await allLogs(outcome);
    expect(jobs, logs).toEqual(expected.jobs);
    expect(outcome.run.conclusion).toBe(expected.conclusion);
    if (expected.title !== undefined) expect(outcome.run.title).toBe(expected.title);
    for (const [job, lines] of Object.entries(expected.log)) {
      for (const line of lines) expect(await outcome.log(job)).toContain(line);
    }
    for (const [job, lines] of Object.entries(expected.notlog)) {
      for (const line of lines) expect(await outcome.log(job)).not.toContain(line);
    }
    for (const [job, markdown] of Object.entries(expected.summaries)) {
      expect(outcome.job(job).summaries.map((summary) => summary.markdown.trim())).toEqual(markdown);
    }
    for (const [job, steps] of Object.entries(expected.steps)) {
      expect(outcome.job(job).steps.map((step) => `${step.name}:${step.conclusion}`)).toEqual(steps);
    }
    for (const [job, annotations] of Object.entries(expected.annotations)) {
      const found = playground.github.tables.annotations.list({ checkRunId: outcome.job(job).id });
      for (const annotation of annotations) expect(found).toContainEqual(expect.objectContaining(annotation));
    }
  });
});

async function allLogs(outcome: Outcome): Promise<string> {
  const logs = await Promise.all(outcome.jobs.map(async (job) => `== ${job.name}\n${await outcome.log(job.name)}`));
  return [outcome.run.startupError ?? '', ...logs].join('\n');
}
