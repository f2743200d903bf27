import { DatasetName } from '../../names.ts';
import { accept, type CommandSyntax, refuse } from '../command.ts';
import { takeCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { shown } from '../shown.ts';

const MAX_DATASETS = 50;

export const validate: CommandSyntax = {
  name: 'validate',
  summary: 'check datasets against their contracts again',
  usage: '/validate [dataset…] [@sha]',
  details: [
    '`dataset…`: datasets of the config; without any, all that the pull request changes',
    '`@sha`: the head that you mean, 7 digits or more; needed when somebody else has just pushed',
  ],
  example: '/validate',
  parse(tokens) {
    const read = readArguments(tokens, {});
    if (!read.ok) return read;
    const commit = takeCommit(read.args.words);
    if (!commit.ok) return commit;
    const datasets = new Set<DatasetName>();
    for (const { text } of commit.rest) {
      const dataset = DatasetName.safeParse(text);
      if (!dataset.success)
        return refuse(`expected a dataset (lower-case letters, digits and inner underscores), got ${shown(text)}`);
      if (datasets.has(dataset.data)) return refuse(`dataset ${dataset.data} is named twice`);
      datasets.add(dataset.data);
    }
    if (datasets.size > MAX_DATASETS) return refuse(`expected at most ${MAX_DATASETS} datasets, got ${datasets.size}`);
    return accept({ name: 'validate', datasets: [...datasets], sha: commit.sha });
  },
};
