import { actionContext } from './action-context.ts';
import type { CompositeAction } from './action-metadata.ts';
import type { LoadedAction } from './action-source.ts';
import { WorkflowError } from './errors.ts';
import { interpolateMap, interpolateText } from './expression.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { executeNode } from './step-node.ts';
import { expressionScope, type StepScope } from './step-scope.ts';
import { executeStandIn } from './step-stand-in.ts';
import { toText, type Value } from './values.ts';
import type { UsesStep } from './workflow.ts';

/** Composite actions may be nested this deep. */
const MAX_DEPTH = 10;

/** Runs the action that a step uses. */
export async function executeUses(step: UsesStep, context: StepContext): Promise<StepResult> {
  const { scope } = context;
  const { runtime } = scope;
  const action = await runtime.actions.resolve(step.uses, scope.commit);
  const given = interpolateMap(step.with, expressionScope(scope, context.env));
  runtime.log.line(`##[group]Run ${step.uses}`);
  for (const [name, value] of Object.entries(given)) runtime.log.line(`  ${name}: ${value}`);
  runtime.log.line('##[endgroup]');
  if (action.kind === 'stand-in') return executeStandIn(action.standIn, given, context);
  const inputs = actionInputs(action, given, context);
  const { metadata } = action;
  return metadata.kind === 'node'
    ? executeNode(action, metadata, inputs, context)
    : executeComposite(action, metadata, inputs, context);
}

/** The inputs given, and the defaults of the others. Names compare without case, as on GitHub. */
function actionInputs(
  action: LoadedAction,
  given: Record<string, string>,
  context: StepContext,
): Record<string, string> {
  const { scope } = context;
  const inputs: Record<string, string> = {};
  const defaults = expressionScope({ ...scope, github: { ...scope.github, ...actionContext(action) } }, context.env);
  for (const [name, value] of action.metadata.inputs) inputs[name.toLowerCase()] = interpolateText(value, defaults);
  const unexpected: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (!(name.toLowerCase() in inputs)) unexpected.push(name);
    inputs[name.toLowerCase()] = value;
  }
  if (unexpected.length > 0) {
    const valid = [...action.metadata.inputs.keys()].map((name) => `'${name}'`).join(', ');
    context.output.line(`::warning::Unexpected input(s) '${unexpected.join("', '")}', valid inputs are [${valid}]`);
  }
  return inputs;
}

async function executeComposite(
  action: LoadedAction,
  metadata: CompositeAction,
  inputs: Record<string, string>,
  context: StepContext,
): Promise<StepResult> {
  const { scope } = context;
  if (scope.depth >= MAX_DEPTH)
    throw new WorkflowError('limit_exceeded', `\`${action.label}\`: composite actions may be nested ${MAX_DEPTH} deep`);
  const inner: StepScope = {
    runtime: scope.runtime,
    commit: action.commit,
    steps: new Map(),
    github: { ...scope.github, ...actionContext(action) },
    inputs,
    env: context.env,
    defaults: {},
    failed: false,
    signal: context.signal,
    depth: scope.depth + 1,
  };
  let failure: string | undefined;
  for (const step of metadata.steps) {
    if (step.kind === 'run' && step.shell === undefined) {
      throw new WorkflowError(
        'invalid_action',
        `\`${action.label}\`: a \`run\` step of a composite action needs \`shell\``,
      );
    }
    const record = await context.runInner(inner, step);
    if (record.conclusion === 'failure') failure ??= `The action \`${action.label}\` failed.`;
  }
  return { outputs: compositeOutputs(metadata, inner), ...(failure === undefined ? {} : { error: failure }) };
}

function compositeOutputs(metadata: CompositeAction, inner: StepScope): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, template] of metadata.outputs) outputs[name] = textOf(template, inner);
  return outputs;
}

function textOf(template: Value, inner: StepScope): string {
  return typeof template === 'string' ? interpolateText(template, expressionScope(inner, inner.env)) : toText(template);
}
