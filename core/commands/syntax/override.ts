import { MetricName, ModelName } from '../../names.ts';
import { accept, type CommandSyntax, type OverrideCommand, refuse } from '../command.ts';
import { takeCommit } from '../commit-word.ts';
import { readArguments } from '../flags.ts';
import { reasonOf } from '../free-text.ts';
import { shown } from '../shown.ts';

export const override: CommandSyntax = {
  name: 'override',
  summary: 'accept a run although a metric’s gate failed',
  usage: '/override GATE reason [@sha]',
  details: [
    '`GATE`: the metric whose gate failed; `model/metric` where several models are held',
    '`reason`: why, at most 300 characters; it stands in the evidence and on the pull request for ever',
    '`@sha`: the head that you mean, 7 digits or more; needed when somebody else has just pushed',
    'Holds for this run, head and policy only. A scan, a signature and policy itself are never overridden.',
  ],
  example: '/override roc_auc the holdout lacks the new airport',
  parse(tokens) {
    const read = readArguments(tokens, {}, 'the reason');
    if (!read.ok) return read;
    const commit = takeCommit(read.args.words, { text: true });
    if (!commit.ok) return commit;
    const [word, ...rest] = commit.rest;
    if (word === undefined) return refuse('expected the metric of a failed gate and a reason, got nothing');
    const gate = gateOf(word.text);
    if (gate === null) return refuse(`expected the metric of a failed gate, or model/metric, got ${shown(word.text)}`);
    const reason = reasonOf(rest);
    if (!reason.ok) return reason;
    if (reason.reason === '')
      return refuse(`expected a reason after ${shown(word.text)}, got nothing`, { code: 'reason_missing' });
    return accept({ name: 'override', gate, reason: reason.reason, sha: commit.sha });
  },
};

function gateOf(text: string): OverrideCommand['gate'] | null {
  const slash = text.indexOf('/');
  const model = ModelName.nullable().safeParse(slash < 0 ? null : text.slice(0, slash));
  const metric = MetricName.safeParse(text.slice(slash + 1));
  return model.success && metric.success ? { model: model.data, metric: metric.data } : null;
}
