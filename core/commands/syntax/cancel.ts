import { ModelName, RunId } from '../../names.ts';
import { type CancelCommand, type CommandSyntax, refuse } from '../command.ts';
import { readArguments } from '../flags.ts';

export const cancel: CommandSyntax = {
  name: 'cancel',
  summary: 'cancel a run in progress and release its compute',
  usage: '/cancel [run|model|all]',
  details: [
    '`run`: the id of a run, as the comment shows it',
    '`model`: the runs of this model on this pull request',
    '`all`: every run of this pull request; without a word, the one run in progress',
  ],
  example: '/cancel flight-delay',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const [word, extra] = read.args.words;
    if (extra !== undefined) return refuse(`expected one run, model or "all", got also ${JSON.stringify(extra.text)}`);
    const target = word === undefined ? ({ kind: 'only' } as const) : targetOf(word.text);
    if (target === null) return refuse(`expected the id of a run, a model or "all", got ${JSON.stringify(word?.text)}`);
    return { ok: true, command: { name: 'cancel', target } };
  },
};

function targetOf(text: string): CancelCommand['target'] | null {
  if (text === 'all') return { kind: 'all' };
  const run = RunId.safeParse(text.toUpperCase());
  if (run.success) return { kind: 'run', run: run.data };
  const model = ModelName.safeParse(text);
  return model.success ? { kind: 'model', model: model.data } : null;
}
