/**
 * Makes the table of docs/architecture.md that says what each job of the reusable workflows may hold, from the workflow
 * files themselves. Usage: node scripts/docs-jobs.ts
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Block, ROOT, table, writeBlock } from './docs-block.ts';

const Workflow = z.looseObject({
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: z.record(z.string(), z.string()),
      steps: z.array(z.looseObject({ uses: z.string().optional() })),
    }),
  ),
});

/** Workflows that the App dispatches; those that a team without it calls from its own events have a page of their own. */
const DISPATCHED = ['train.yml', 'judge.yml', 'validate.yml'];

export function jobTable(): Block {
  const files = readdirSync(join(ROOT, 'workflows')).filter((file) => DISPATCHED.includes(file));
  const rows = DISPATCHED.filter((file) => files.includes(file)).flatMap((file) => {
    const { jobs } = Workflow.parse(parse(readFileSync(join(ROOT, 'workflows', file), 'utf8')));
    return Object.entries(jobs).map(([job, { permissions, steps }]) => [
      `\`${file}\``,
      `\`${job}\``,
      Object.entries(permissions)
        .map(([name, level]) => `\`${name}: ${level}\``)
        .join(', ') || 'none',
      steps.flatMap(({ uses }) => (uses?.startsWith('$/actions/') === true ? [actionLink(uses)] : [])).join(', '),
    ]);
  });
  return {
    page: 'docs/architecture.md',
    name: 'jobs',
    command: 'node scripts/docs-jobs.ts',
    content: table(['workflow', 'job', 'permissions of its token', 'action'], rows),
  };
}

function actionLink(uses: string): string {
  const name = uses.replace('$/actions/', '');
  return `[${name}](../actions/${name}/README.md)`;
}

if (import.meta.main) writeBlock(jobTable());
