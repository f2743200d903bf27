import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, WorkflowError } from './errors.ts';
import { interpolateText } from './expression.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { StepFiles } from './step-files.ts';
import { expressionScope, githubContext } from './step-scope.ts';
import { toText } from './values.ts';
import type { RunStep } from './workflow.ts';

/** How GitHub runs each shell. Without `shell`, bash has no pipefail. */
const SHELLS: Readonly<Record<string, { readonly command: string; readonly extension: string }>> = {
  '': { command: 'bash -e {0}', extension: '.sh' },
  bash: { command: 'bash --noprofile --norc -e -o pipefail {0}', extension: '.sh' },
  sh: { command: 'sh -e {0}', extension: '.sh' },
  python: { command: 'python {0}', extension: '.py' },
};

/** Runs the script of a `run:` step. */
export async function executeRun(step: RunStep, context: StepContext): Promise<StepResult> {
  const { scope } = context;
  const { runtime } = scope;
  const expressions = expressionScope(scope, context.env);
  const shell = interpolateText(step.shell ?? scope.defaults.shell ?? '', expressions);
  const cwd = resolve(
    runtime.directories.workspace,
    interpolateText(step.workingDirectory ?? scope.defaults.workingDirectory ?? '', expressions),
  );
  if (!existsSync(cwd)) throw new WorkflowError('step_failed', `expected the working directory ${cwd}, found none`);
  const { command, extension } = shellCommand(shell);
  const script = join(runtime.directories.temp, `${randomUUID()}${extension}`);
  const body = interpolateText(step.run, expressions);
  await writeFile(script, `${body}\n`, { mode: 0o755 });
  logStart(context, body, command);
  const [program = '', ...args] = command.map((word) => word.replaceAll('{0}', script));
  const files = await StepFiles.create(runtime, randomUUID());
  try {
    const env = runtime.environment(githubContext(scope), context.env, files.variables());
    return await settle(context, files, () => spawn(context, program, args, cwd, env));
  } finally {
    await rm(script, { force: true });
  }
}

function shellCommand(shell: string): { command: string[]; extension: string } {
  const known = SHELLS[shell];
  if (known !== undefined) return { command: known.command.split(' '), extension: known.extension };
  if (!shell.includes('{0}')) {
    throw new WorkflowError(
      'not_supported',
      `the local GitHub has no shell \`${shell}\`; expected bash, sh, python or a command with {0}`,
    );
  }
  return { command: shell.split(/\s+/), extension: '' };
}

function logStart(context: StepContext, body: string, command: readonly string[]): void {
  const { log } = context.scope.runtime;
  log.line(`##[group]Run ${body.trimStart().split('\n', 1)[0] ?? ''}`);
  for (const line of body.trimEnd().split('\n')) log.line(line);
  log.line(`shell: ${command.join(' ')}`);
  log.line('##[endgroup]');
}

async function spawn(
  context: StepContext,
  command: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string | undefined> {
  const result = await runStepProcess(context, command, args, cwd, env);
  return result === 0 ? undefined : `Process completed with exit code ${result}.`;
}

/** Runs a program of the step and logs what it prints. @returns its exit code. */
export async function runStepProcess(
  context: StepContext,
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<number> {
  const { runtime } = context.scope;
  const onLine = (line: string): void => context.output.line(line);
  try {
    const grace = runtime.options.cancelGrace;
    return (await runtime.run({ command, args, cwd, env, onLine, signal: context.signal, grace })).code;
  } catch (error) {
    throw new WorkflowError('step_failed', `${toText(command)} could not be started: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Runs the body of a step, then carries out its file commands, which count even if it failed. */
export async function settle(
  context: StepContext,
  files: StepFiles,
  body: () => Promise<string | undefined>,
): Promise<StepResult & { state: Record<string, string> }> {
  let error: string | undefined;
  try {
    error = await body();
  } catch (thrown) {
    error = messageOf(thrown);
  }
  try {
    const { outputs, state } = await files.apply(context.scope.runtime, context.number);
    return { outputs, state, ...(error === undefined ? {} : { error }) };
  } catch (thrown) {
    return { outputs: {}, state: {}, error: error ?? messageOf(thrown) };
  }
}
