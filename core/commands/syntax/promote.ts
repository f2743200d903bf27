import { ModelName, StageName } from '../../names.ts';
import { accept, type CommandSyntax, refuse } from '../command.ts';
import { strayCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { shown } from '../shown.ts';
import { notAVersion, versionOf } from '../version-word.ts';

export const promote: CommandSyntax = {
  name: 'promote',
  summary: 'put a version of a model in a stage',
  usage: '/promote model[@version] to STAGE',
  details: [
    '`model`: a model of the config, by default its newest version',
    '`@version`: another one, such as `@v1.2.0`',
    '`STAGE`: one that the model’s `promote.stages` names',
  ],
  example: '/promote flight-delay@v1.2.0 to production',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const { words } = read.args;
    const stray = strayCommit(words, 'promote');
    if (stray !== null) return refuse(stray);
    const [subject, to, stage, extra] = words;
    if (subject === undefined) return refuse('expected a model, "to" and a stage, got nothing');
    const at = subject.text.indexOf('@');
    const model = ModelName.safeParse(at < 0 ? subject.text : subject.text.slice(0, at));
    if (!model.success) return refuse(`expected a model, or model@version, got ${shown(subject.text)}`);
    const version = at < 0 ? null : versionOf(subject.text.slice(at + 1));
    if (at >= 0 && version === null) return refuse(notAVersion(subject.text.slice(at + 1)));
    if (to?.text !== 'to')
      return refuse(`expected "to" and a stage after the model, got ${to === undefined ? 'nothing' : shown(to.text)}`);
    const name = StageName.safeParse(stage?.text);
    if (!name.success) return refuse(`expected a stage after "to", got ${stage ? shown(stage.text) : 'nothing'}`);
    if (extra !== undefined) return refuse(`expected nothing after the stage, got ${shown(extra.text)}`);
    return accept({ name: 'promote', model: model.data, version, stage: name.data });
  },
};
