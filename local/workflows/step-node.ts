import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { actionContext } from './action-context.ts';
import type { NodeAction } from './action-metadata.ts';
import type { LoadedAction } from './action-source.ts';
import { inputVariables } from './environment.ts';
import { messageOf } from './errors.ts';
import { evaluateCondition } from './expression.ts';
import type { JobRuntime, PostTask } from './job-runtime.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { StepFiles } from './step-files.ts';
import { StepOutput } from './step-output.ts';
import { runStepProcess, settle } from './step-run.ts';
import { expressionScope, githubContext } from './step-scope.ts';

/** Runs a JavaScript action with the Node.js that runs this server, which is the one that GitHub's runners have. */
export async function executeNode(
  action: LoadedAction,
  metadata: NodeAction,
  inputs: Record<string, string>,
  context: StepContext,
): Promise<StepResult> {
  const state: Record<string, string> = {};
  if (metadata.pre !== undefined && holds(metadata.preIf, context)) {
    const before = await runEntry(metadata.pre, action, inputs, state, context);
    Object.assign(state, before.state);
    if (before.error !== undefined) return before;
  }
  const result = await runEntry(metadata.main, action, inputs, state, context);
  Object.assign(state, result.state);
  if (metadata.post !== undefined)
    context.scope.runtime.posts.push(postTask(metadata.post, metadata, action, inputs, state, context));
  return result;
}

async function runEntry(
  entry: string,
  action: LoadedAction,
  inputs: Record<string, string>,
  state: Readonly<Record<string, string>>,
  context: StepContext,
): Promise<StepResult & { state: Record<string, string> }> {
  const { scope } = context;
  const { runtime } = scope;
  const files = await StepFiles.create(runtime, randomUUID());
  const github = { ...githubContext(scope), ...actionContext(action) };
  // A JavaScript action does not get its own path as a variable; only composite ones do.
  const { action_path: _path, ...visible } = github;
  const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
  const env = {
    ...runtime.environment(visible, context.env, inputVariables(inputs), saved, files.variables()),
    ...serviceVariables(runtime),
  };
  return settle(context, files, async () => {
    const code = await runStepProcess(
      context,
      process.execPath,
      [join(action.directory, entry)],
      runtime.directories.workspace,
      env,
    );
    return code === 0 ? undefined : `The action \`${action.label}\` failed with exit code ${code}.`;
  });
}

/** What actions get and scripts do not: the addresses and tokens of the services. */
function serviceVariables(runtime: JobRuntime): Record<string, string> {
  const { credentials } = runtime;
  const { results } = runtime.host.urls;
  const { idTokenRequest } = credentials;
  return {
    ACTIONS_RUNTIME_TOKEN: credentials.runtimeToken,
    ACTIONS_RUNTIME_URL: results,
    ACTIONS_RESULTS_URL: results,
    ...(idTokenRequest === undefined
      ? {}
      : { ACTIONS_ID_TOKEN_REQUEST_URL: idTokenRequest.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: idTokenRequest.token }),
  };
}

function postTask(
  entry: string,
  metadata: NodeAction,
  action: LoadedAction,
  inputs: Record<string, string>,
  state: Record<string, string>,
  context: StepContext,
): PostTask {
  const { runtime } = context.scope;
  return {
    name: `Post Run ${action.label}`,
    async run(number) {
      if (!holds(metadata.postIf, context)) return 'skipped';
      const output = new StepOutput(runtime.log, runtime.debug);
      const result = await runEntry(entry, action, inputs, state, {
        ...context,
        number,
        output,
        signal: runtime.cancellation.forced,
      });
      if (result.error === undefined) return 'success';
      runtime.log.error(result.error);
      return 'failure';
    },
  };
}

/** `pre-if` and `post-if` are taken as they are: no `success()` is added. */
function holds(condition: string, context: StepContext): boolean {
  const { runtime } = context.scope;
  try {
    return evaluateCondition(
      `always() && (${condition})`,
      expressionScope({ ...context.scope, failed: runtime.failed }, context.env, true),
    );
  } catch (error) {
    runtime.log.error(messageOf(error));
    return false;
  }
}
