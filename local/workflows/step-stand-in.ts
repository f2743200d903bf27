import { WorkflowError } from './errors.ts';
import { runProcess } from './processes.ts';
import type { StandIn, StandInStep } from './stand-in.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { githubContext } from './step-scope.ts';
import { toText, type ValueMap } from './values.ts';

/** Runs a stand-in in the place of the action that a step uses. */
export async function executeStandIn(
  standIn: StandIn,
  given: Record<string, string>,
  context: StepContext,
): Promise<StepResult> {
  const { scope, output } = context;
  const { runtime } = scope;
  const inputs = standInInputs(standIn, given);
  const github = githubContext(scope);
  const env = runtime.environment(github, context.env);
  const outputs: Record<string, string> = {};
  const step: StandInStep = {
    inputs,
    workspace: runtime.directories.workspace,
    temp: runtime.directories.temp,
    toolCache: runtime.directories.toolCache,
    env,
    github: { repository: text(github, 'repository'), sha: text(github, 'sha'), ref: text(github, 'ref') },
    urls: runtime.host.urls,
    runId: text(github, 'run_id'),
    credentials: runtime.credentials,
    log: (line) => output.line(line),
    mask: (secret) => runtime.masks.add(secret),
    output: (name, value) => {
      outputs[name] = value;
    },
    addPath: (directory) => {
      runtime.paths.unshift(directory);
    },
    exportVariable: (name, value) => {
      runtime.env.set(name, value);
    },
    execute: (command, args, options = {}) => execute(context, env, command, args, options),
    afterwards: (task) => {
      runtime.posts.push({ name: `Post Run ${standIn.name}`, run: async () => after(task) });
    },
  };
  await standIn.run(step);
  return { outputs };
}

function standInInputs(standIn: StandIn, given: Record<string, string>): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !(name.toLowerCase() in standIn.inputs));
  if (unknown.length > 0) {
    const known = Object.keys(standIn.inputs).join(', ');
    throw new WorkflowError(
      'not_supported',
      `the local GitHub's ${standIn.name} has no input \`${unknown.join('`, `')}\`; it has ${known}`,
    );
  }
  const lowered = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  return { ...standIn.inputs, ...lowered };
}

async function execute(
  context: StepContext,
  env: Record<string, string>,
  command: string,
  args: readonly string[],
  options: Parameters<StandInStep['execute']>[2] = {},
): Promise<{ code: number; stdout: string }> {
  const { runtime } = context.scope;
  const lines: string[] = [];
  const { code } = await runProcess({
    command,
    args,
    cwd: options.cwd ?? runtime.directories.workspace,
    env: { ...env, ...options.env },
    signal: context.signal,
    grace: runtime.options.cancelGrace,
    onLine: (line) => lines.push(line),
  });
  const { output = 'all' } = options;
  if (output === 'all' || (output === 'failure' && code !== 0)) for (const line of lines) runtime.log.line(line);
  return { code, stdout: `${lines.join('\n')}\n` };
}

async function after(task: () => Promise<void>): Promise<'success' | 'failure'> {
  try {
    await task();
    return 'success';
  } catch {
    return 'failure';
  }
}

function text(github: ValueMap, name: string): string {
  return toText(github[name] ?? '');
}
