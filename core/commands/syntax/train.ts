import { ModelName } from '../../names.ts';
import { type CommandSyntax, refuse, type SyntaxResult } from '../command.ts';
import { type Arguments, readArguments } from '../flags.ts';
import type { Token } from '../tokens.ts';

const SHA = /^@([0-9a-fA-F]{7,64})$/;

export const train: CommandSyntax = {
  name: 'train',
  summary: 'train the models that this pull request affects, or those named',
  usage: '/train [model…] [--set name=value …] [--force] [@sha]',
  details: [
    '`model…`: models of the config; without any, all that the pull request affects',
    '`--set name=value`: a declared parameter, within its declared range; may be repeated',
    '`--force`: train even if the same inputs with the same request have been trained',
    '`@sha`: the head that you mean, 7 digits or more; needed when somebody else has just pushed',
  ],
  example: '/train flight-delay --set learning_rate=0.2',
  parse(tokens): SyntaxResult {
    const read = readArguments(tokens, { '--set': 'value', '--force': 'switch' });
    if (!read.ok) return read;
    const set = readSettings(read.args);
    if (!set.ok) return set;
    const shas = read.args.words.filter(isSha);
    if (shas.length > 1) return refuse('more than one @sha is given; name the one head that you mean');
    const models: ModelName[] = [];
    for (const word of read.args.words.filter((token) => !isSha(token))) {
      const model = ModelName.safeParse(word.text);
      if (!model.success) return refuse(notAModel(word.text));
      if (models.includes(model.data)) return refuse(`model ${model.data} is named twice`);
      models.push(model.data);
    }
    const sha = shas[0]?.text.slice(1).toLowerCase() ?? null;
    return {
      ok: true,
      command: { name: 'train', models, set: set.settings, force: read.args.switches.has('--force'), sha },
    };
  },
};

type Settings =
  | { readonly ok: true; readonly settings: { param: string; text: string }[] }
  | { readonly ok: false; readonly message: string };

function readSettings(args: Arguments): Settings {
  const settings: { param: string; text: string }[] = [];
  for (const value of args.values.get('--set') ?? []) {
    const equals = value.indexOf('=');
    if (equals < 1) return { ok: false, message: `--set expects name=value, got ${JSON.stringify(value)}` };
    const param = value.slice(0, equals);
    if (settings.some((setting) => setting.param === param))
      return { ok: false, message: `parameter ${param} is set twice` };
    settings.push({ param, text: value.slice(equals + 1) });
  }
  return { ok: true, settings };
}

function isSha(token: Token): boolean {
  return SHA.test(token.text);
}

function notAModel(text: string): string {
  if (text.startsWith('@')) return `expected @ and 7 to 64 hex digits of a commit, got ${JSON.stringify(text)}`;
  if (text.includes('='))
    return `expected a model, got ${JSON.stringify(text)}; to set a parameter write --set ${text}`;
  return `expected a model, got ${JSON.stringify(text)}`;
}
