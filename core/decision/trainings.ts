import type { TrainCommand } from '../commands/command.ts';
import { type ResolvedTraining, resolveTrain } from '../commands/resolve.ts';
import type { ModelName, RunId } from '../names.ts';
import { type Context, listed, modelsFact, refuse } from './context.ts';
import { trainExample } from './examples.ts';
import type { Deciding } from './steps.ts';

/** A training as it was asked for, not yet held to policy's caps. */
export interface AskedTraining extends ResolvedTraining {
  readonly resume: RunId | null;
  readonly reproduces: RunId | null;
}

/** @param affected models that are meant where the command names none */
export function* resolveTrainings(
  context: Context,
  command: TrainCommand,
  affected: readonly ModelName[],
): Deciding<AskedTraining[]> {
  const { usable, invalid } = yield* modelsFact(context);
  const broken = command.models.find((name) => invalid.has(name));
  if (broken !== undefined)
    yield* refuse(context, {
      reason: 'plan_incomplete',
      message: `${broken} can't be trained as the head has it: ${listed(invalid.get(broken) ?? [], 3)}. Mend its config and push.`,
      example: null,
    });
  const resolved = resolveTrain(command, { models: usable, affected });
  if (resolved.ok) {
    return resolved.trainings.map((training) => ({
      ...training,
      resume: command.resume,
      reproduces: command.repro,
    }));
  }
  const [first] = resolved.problems;
  const named = command.models.flatMap((name) => usable.get(name) ?? [])[0] ?? [...usable.values()][0];
  return yield* refuse(context, {
    reason: first?.code ?? 'unknown_model',
    message: listed(
      resolved.problems.map(({ message }) => message),
      5,
    ),
    ...(first === undefined ? {} : { expected: first.expected, found: first.found }),
    example: named === undefined ? null : trainExample(named),
  });
}
