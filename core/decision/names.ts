import type { ModelConfig } from '../config/schema.ts';
import type { ModelName, StageName } from '../names.ts';
import { keysOf, valueAt } from '../records.ts';
import { suggestion } from '../suggest.ts';
import { type Context, configOf, listed, refuse } from './context.ts';
import type { Deciding } from './steps.ts';

/** A model of the default branch: promotion knows no other. */
export function* baseModel(context: Context, name: ModelName): Deciding<ModelConfig> {
  const { models } = yield* configOf(context);
  const model = valueAt(models, name);
  if (model !== undefined) return model;
  const names = keysOf(models);
  return yield* refuse(context, {
    reason: 'unknown_model',
    message: `expected a model of the default branch${names.length === 0 ? ', which has none' : ` (${listed(names)})`}, got "${name}"${suggestion(name, names)}`,
    expected: names.length === 0 ? 'a model in the config' : `one of ${listed(names)}`,
    found: name,
  });
}

export function* stageOf(context: Context, name: ModelName, model: ModelConfig, stage: StageName): Deciding<void> {
  const { stages } = model.promote;
  if (stages.includes(stage)) return;
  const [first = stage] = stages;
  yield* refuse(context, {
    reason: 'unknown_stage',
    message: `expected a stage of ${name} (${listed(stages)}), got "${stage}"${suggestion(stage, stages)}`,
    expected: `one of ${listed(stages)}`,
    found: stage,
    example: context.command.name === 'promote' ? `/promote ${name} to ${first}` : `/rollback ${name} ${first}`,
  });
}
