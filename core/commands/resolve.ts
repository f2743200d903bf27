import type { ParamValue } from '../config/params.ts';
import { describeParam, readParam } from '../config/params.ts';
import type { ModelName, ParamName } from '../names.ts';
import type { EffectiveModel } from '../policy/effective.ts';
import { entriesOf, keysOf } from '../records.ts';
import { suggestion } from '../suggest.ts';
import type { TrainCommand } from './command.ts';

export interface TrainContext {
  /** Every model that the pull request's config declares, as it would be trained. */
  readonly models: ReadonlyMap<ModelName, EffectiveModel>;
  /** Those that the pull request affects. */
  readonly affected: readonly ModelName[];
}

export interface ResolvedTraining {
  readonly model: EffectiveModel;
  /** What the command set by itself, typed and within range. */
  readonly set: Readonly<Record<ParamName, ParamValue>>;
  /** What the command asks for, else the config; whether policy allows it is decided elsewhere. */
  readonly gpu: string | null;
  readonly engine: string;
}

export type ResolveProblem = 'unknown_model' | 'nothing_to_train' | 'unknown_param' | 'bad_param';

/** All in words, unescaped. */
export interface Problem {
  readonly code: ResolveProblem;
  readonly message: string;
  readonly expected: string;
  readonly found: string;
}

export type Resolution =
  | { readonly ok: true; readonly trainings: readonly ResolvedTraining[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Which models a `/train` means, and with which parameters; every `--set` must fit every one of them. */
export function resolveTrain(command: TrainCommand, context: TrainContext): Resolution {
  const names = command.models.length > 0 ? command.models : context.affected;
  const known = [...context.models.keys()];
  const expected = known.length === 0 ? 'a model in the config' : `one of ${known.join(', ')}`;
  if (names.length === 0) {
    const message = nothingToTrain(context);
    return { ok: false, problems: [{ code: 'nothing_to_train', message, expected, found: 'no model affected' }] };
  }
  const unknown = names.filter((name) => !context.models.has(name));
  if (unknown.length > 0) {
    return {
      ok: false,
      problems: unknown.map((name) => ({
        code: 'unknown_model',
        message: unknownModel(name, known),
        expected,
        found: name,
      })),
    };
  }
  const models = names.flatMap((name) => context.models.get(name) ?? []);
  const read = models.map((model) => ({ model, ...readSettings(command, model) }));
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, trainings: read.map(({ model, set }) => ({ model, set, ...resourcesOf(command, model) })) };
}

function resourcesOf(command: TrainCommand, { config }: EffectiveModel): { gpu: string | null; engine: string } {
  return {
    gpu: command.gpu ?? config.train.resources.gpu ?? null,
    engine: command.engine ?? config.train.engine,
  };
}

function readSettings(
  command: TrainCommand,
  model: EffectiveModel,
): { set: Record<ParamName, ParamValue>; problems: Problem[] } {
  const { params } = model.config.train;
  const set: Record<ParamName, ParamValue> = {};
  const problems: Problem[] = [];
  for (const { param, text } of command.set) {
    const declared = entriesOf(params).find(([name]) => name === param);
    if (declared === undefined) {
      const expected = keysOf(params).join(', ') || 'no --set';
      problems.push({ code: 'unknown_param', message: unknownParam(param, model), expected, found: param });
      continue;
    }
    const [name, spec] = declared;
    const value = readParam(spec, text);
    if (value.ok) set[name] = value.value;
    else {
      const message = `--set ${param} of ${model.name}: ${value.reason}`;
      problems.push({ code: 'bad_param', message, expected: `${name}: ${describeParam(spec)}`, found: text });
    }
  }
  return { set, problems };
}

function unknownModel(name: string, known: readonly string[]): string {
  const list = known.length === 0 ? '' : `; the config declares ${known.join(', ')}`;
  const hint = suggestion(name, known) || list;
  if (/^[0-9a-f]{7,64}$/.test(name)) return `no model "${name}" in the config${hint}; a commit is typed as @${name}`;
  if (name === 'all') return `no model "all" in the config${hint}; without a name, all that are affected are trained`;
  return `no model "${name}" in the config${hint}`;
}

function unknownParam(param: string, model: EffectiveModel): string {
  const known = keysOf(model.config.train.params);
  if (keysOf(model.fixed).some((name) => name === param)) {
    return `parameter "${param}" of ${model.name} is new in this pull request, and can be set once it is merged; change its default instead`;
  }
  if (known.length === 0) return `${model.name} declares no parameter, so "${param}" can't be set`;
  const list = entriesOf(model.config.train.params).map(([name, spec]) => `${name} (${describeParam(spec)})`);
  return `${model.name} has no parameter "${param}"${suggestion(param, known) || `; it has ${list.join(', ')}`}`;
}

function nothingToTrain({ models }: TrainContext): string {
  const [first] = models.keys();
  if (first === undefined) return 'the config declares no model';
  return `this pull request affects no model; to train one all the same, name it: /train ${first}`;
}
