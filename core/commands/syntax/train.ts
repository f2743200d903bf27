import { ModelName, RunId } from '../../names.ts';
import { accept, type CommandSyntax, refuse, type SyntaxResult } from '../command.ts';
import { takeCommit } from '../commit-word.ts';
import { type Arguments, type Flags, readArguments } from '../flags.ts';
import { shown } from '../shown.ts';
import { quoteWord, type Token } from '../tokens.ts';

/** More of either is an accident, and each costs a line in the answer. */
const MAX_MODELS = 50;
const MAX_SETTINGS = 50;
/** As long as a parameter's value may be. */
const MAX_VALUE = 256;

const FLAGS: Flags = {
  '--set': { takes: 'value', repeats: true },
  '--gpu': { takes: 'value' },
  '--engine': { takes: 'value' },
  '--force': { takes: 'nothing' },
  '--repro': { takes: 'value' },
  '--resume': { takes: 'value' },
};

export const train: CommandSyntax = {
  name: 'train',
  summary: 'train the models that this pull request affects, or those named',
  usage:
    '/train [model…] [--set name=value …] [--gpu TYPE] [--engine NAME] [--force] [--repro RUN] [--resume RUN] [@sha]',
  details: [
    '`model…`: models of the config; without any, all that the pull request affects',
    '`--set name=value`: a declared parameter, within its declared range; may be repeated',
    '`--gpu TYPE`: a type of GPU that policy allows, instead of the config’s',
    '`--engine NAME`: an engine that policy allows, instead of the config’s',
    '`--force`: train even if the same inputs with the same request have been trained',
    '`--repro RUN`: train a judged run of this head once more, as it was, and say whether the outputs are bit-equal',
    '`--resume RUN`: go on with the last checkpoint of a run on a compute engine that has ended, of the same inputs and the same request',
    '`@sha`: the head that you mean, 7 digits or more; needed when somebody else has just pushed',
  ],
  example: '/train flight-delay --set learning_rate=0.2',
  parse(tokens): SyntaxResult {
    const read = readArguments(tokens, FLAGS);
    if (!read.ok) return read;
    const commit = takeCommit(read.args.words);
    if (!commit.ok) return commit;
    const set = readSettings(read.args);
    if (!set.ok) return set;
    const models = readModels(commit.rest);
    if (!models.ok) return models;
    const [gpu = null] = read.args.values.get('--gpu') ?? [];
    if (gpu !== null && !isName(gpu)) return refuse(`--gpu expects a type of GPU such as a100, got ${shown(gpu)}`);
    const [engine = null] = read.args.values.get('--engine') ?? [];
    if (engine !== null && !isName(engine)) return refuse(`--engine expects the name of one, got ${shown(engine)}`);
    const resume = readRun(read.args, '--resume');
    if (!resume.ok) return refuse(resume.message);
    const repro = readRun(read.args, '--repro');
    if (!repro.ok) return refuse(repro.message);
    const choices = ['--set', '--gpu', '--engine', '--resume'].filter((flag) => read.args.values.has(flag));
    if (repro.run !== null && choices.length > 0)
      return refuse(`--repro trains a run as it was: leave out ${choices.join(' and ')}`);
    return accept({
      name: 'train',
      models: models.models,
      set: set.settings,
      gpu,
      engine,
      resume: resume.run,
      repro: repro.run,
      force: read.args.switches.has('--force'),
      sha: commit.sha,
    });
  },
};

type RunFlag = { readonly ok: true; readonly run: RunId | null } | { readonly ok: false; readonly message: string };

function readRun(args: Arguments, flag: '--resume' | '--repro'): RunFlag {
  const [text = null] = args.values.get(flag) ?? [];
  const run = RunId.nullable().safeParse(text?.toUpperCase() ?? null);
  if (run.success) return { ok: true, run: run.data };
  return { ok: false, message: `${flag} expects the id of a run, got ${shown(text ?? '')}` };
}

function isName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,31}$/.test(text);
}

type Settings =
  | { readonly ok: true; readonly settings: { param: string; text: string }[] }
  | { readonly ok: false; readonly message: string };

function readSettings(args: Arguments): Settings {
  const settings = new Map<string, string>();
  const fail = (message: string): Settings => ({ ok: false, message });
  for (const value of args.values.get('--set') ?? []) {
    const equals = value.indexOf('=');
    if (equals < 1) return fail(`--set expects name=value, got ${shown(value)}`);
    const param = value.slice(0, equals);
    const text = value.slice(equals + 1);
    if (settings.has(param)) return fail(`parameter ${shown(param)} is set twice`);
    if (text.length > MAX_VALUE)
      return fail(`--set expects a value of at most ${MAX_VALUE} characters, got ${text.length}`);
    settings.set(param, text);
  }
  if (settings.size > MAX_SETTINGS) return fail(`expected at most ${MAX_SETTINGS} parameters, got ${settings.size}`);
  return { ok: true, settings: [...settings].map(([param, text]) => ({ param, text })) };
}

type Models =
  | { readonly ok: true; readonly models: readonly ModelName[] }
  | { readonly ok: false; readonly message: string };

function readModels(words: readonly Token[]): Models {
  const models = new Set<ModelName>();
  for (const { text } of words) {
    const model = ModelName.safeParse(text);
    if (!model.success) return { ok: false, message: notAModel(text) };
    if (models.has(model.data)) return { ok: false, message: `model ${model.data} is named twice` };
    models.add(model.data);
  }
  if (models.size > MAX_MODELS)
    return { ok: false, message: `expected at most ${MAX_MODELS} models, got ${models.size}` };
  return { ok: true, models: [...models] };
}

function notAModel(text: string): string {
  const found = `expected a model, got ${shown(text)}`;
  if (text.startsWith('--')) return `${found}; a flag stands without quotes`;
  if (text.includes('=')) return `${found}; to set a parameter write --set ${text.length < 60 ? quoteWord(text) : '…'}`;
  return `${found}; a name has lower-case letters, digits and inner hyphens`;
}
