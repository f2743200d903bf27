import { ModelName, StageName } from '../../names.ts';
import { accept, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { shown } from '../shown.ts';
import { notAVersion, versionOf } from '../version-word.ts';

export const rollback: CommandSyntax = {
  name: 'rollback',
  summary: 'put a stage back to the version that it held before, or to one named',
  usage: '/rollback model STAGE [to VERSION]',
  details: [
    '`model`: a model of the config',
    '`STAGE`: one that the model’s `promote.stages` names',
    '`to VERSION`: such as `to v1.1.0`; without it, the version that the stage held before',
    'Works in a freeze window, too; a lock of the stage still keeps everybody out but its owner.',
  ],
  example: '/rollback flight-delay production to v1.1.0',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const { words } = read.args;
    const stray = strayCommit(words, 'rollback');
    if (stray !== null) return refuse(stray);
    const [subject, where, to, what, extra] = words;
    if (subject === undefined) return refuse('expected a model and a stage, got nothing');
    const model = ModelName.safeParse(subject.text);
    if (!model.success) return refuse(notAModel(subject.text));
    // `to` may be a stage's name; with one word behind it, it is the stage that was forgotten.
    const forgotten = where === undefined || (where.text === 'to' && to !== undefined && to.text !== 'to');
    if (forgotten) return refuse(`expected a stage after the model, got ${where ? shown(where.text) : 'nothing'}`);
    const stage = StageName.safeParse(where.text);
    if (!stage.success) return refuse(`expected a stage after the model, got ${shown(where.text)}`);
    if (to === undefined) return accept({ name: 'rollback', model: model.data, stage: stage.data, version: null });
    if (to.text !== 'to') return refuse(`expected "to" and a version after the stage, got ${shown(to.text)}`);
    const version = what === undefined ? null : versionOf(what.text);
    if (version === null) return refuse(notAVersion(what?.text ?? ''));
    if (extra !== undefined) return refuse(`expected nothing after the version, got ${shown(extra.text)}`);
    return accept({ name: 'rollback', model: model.data, stage: stage.data, version });
  },
};

function notAModel(text: string): string {
  const hint = text.includes('@') ? '; the version stands at the end: to v1.1.0' : '';
  return `expected a model, got ${shown(text)}${hint}`;
}
