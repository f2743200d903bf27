import { resolveTrain } from '../commands/resolve.ts';
import type { TrainCommand } from '../commands/command.ts';
import type { ModelName, RunId } from '../names.ts';
import type { EffectiveModel } from '../policy/effective.ts';
import { keysOf } from '../records.ts';
import { suggestion } from '../suggest.ts';
import type { TrainingAction } from './action.ts';
import { type Context, listed, modelsFact, refuse } from './context.ts';
import { withDefaults } from './examples.ts';
import type { PlanFact } from './facts.ts';
import type { Deciding } from './steps.ts';

/** A training as it was asked for, not yet held to policy's caps. */
export interface AskedTraining {
  readonly model: EffectiveModel;
  readonly set: TrainingAction['set'];
  readonly gpu: string | null;
  readonly engine: string | null;
  readonly resume: RunId | null;
}

/** @param plan null where there is no pull request whose changes could be meant: then models are named */
export function* resolveTrainings(
  context: Context,
  command: TrainCommand,
  plan: PlanFact | null,
): Deciding<AskedTraining[]> {
  const { usable, invalid } = yield* modelsFact(context);
  const broken = command.models.find((name) => invalid.has(name));
  if (broken !== undefined)
    yield* refuse(context, {
      reason: 'plan_incomplete',
      message: `${broken} can't be trained as the head has it: ${listed(invalid.get(broken) ?? [], 3)}. Mend its config and push.`,
      example: null,
    });
  const resolved = resolveTrain(command, { models: usable, affected: plan?.affected ?? [] });
  if (resolved.ok) {
    const { gpu, engine, resume } = command;
    return resolved.trainings.map(({ model, set }) => ({ model, set, gpu, engine, resume }));
  }
  const [first] = resolved.problems;
  const named = command.models.find((name) => usable.has(name)) ?? [...usable.keys()][0];
  return yield* refuse(context, {
    reason: first?.code ?? 'unknown_model',
    message: listed(
      resolved.problems.map(({ message }) => message),
      5,
    ),
    expected: usable.size === 0 ? 'a model in the config' : `one of ${listed([...usable.keys()], 10)}`,
    found: command.models.length === 0 ? 'no model affected' : listed(command.models, 10),
    example: named === undefined ? null : withDefaults(usable, named, command),
  });
}

/** Whether a model that is named is one of the default branch's. */
export function* knownModel(context: Context, name: ModelName, known: Readonly<Record<ModelName, unknown>>): Deciding<void> {
  if (Object.hasOwn(known, name)) return;
  const names = keysOf(known);
  yield* refuse(context, {
    reason: 'unknown_model',
    message: `no model "${name}" in the default branch’s config${suggestion(name, names) || (names.length === 0 ? '' : `; it has ${listed(names)}`)}`,
    expected: names.length === 0 ? 'a model in the config' : `one of ${listed(names)}`,
    found: name,
  });
}
