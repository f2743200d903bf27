import { codeSpan, escapeMarkdown, table } from './markdown.ts';
import type { PlanModelView, PlanView, PolicyChangeView } from './view.ts';
import { count, duration } from './words.ts';

/** What the pull request touches. */
export function planSection(plan: PlanView): readonly string[] {
  return [
    '### Plan',
    plan.status === 'complete' ? '' : `> [!CAUTION]\n> ${planProblem(plan)}`,
    plan.status === 'complete' || plan.models.length > 0 ? modelTable(plan.models) : '',
    policyTable(plan.policyChanges),
    noticedTable(plan.noticed ?? []),
    plan.datasets.length > 0 ? `Data to validate: ${plan.datasets.map((name) => codeSpan(name)).join(', ')}` : '',
  ];
}

function planProblem(plan: PlanView): string {
  const what =
    plan.status === 'truncated'
      ? 'GitHub cut the list of files, so the plan is not complete.'
      : 'The plan could not be made.';
  return plan.problem === null ? what : `${what} ${escapeMarkdown(plan.problem)}`;
}

/** One line for people: "flight-delay is affected". */
export function planTitle(plan: PlanView): string {
  if (plan.status === 'truncated') return 'Not complete: GitHub cut the list of files';
  if (plan.status === 'error') return 'The plan could not be made';
  const affected = plan.models.filter((model) => model.affected).map((model) => model.model);
  if (plan.policyChanges.length > 0)
    return `Policy change: ${count(plan.policyChanges.length, 'key')}; merging promotes nothing`;
  if (affected.length === 0) return 'No model is affected';
  return affected.length === 1 ? `${affected[0]} is affected` : `${count(affected.length, 'model')} are affected`;
}

function modelTable(models: readonly PlanModelView[]): string {
  const affected = models.filter((model) => model.affected);
  const others = models.length - affected.length;
  if (affected.length === 0) return 'No declared input of a model changes, so no model is affected.';
  const rows = affected.map((model) => [
    codeSpan(model.model),
    changes(model.changes),
    stages(model.stages),
    estimate(model),
  ]);
  const note = others > 0 ? `\n\n${count(others, 'other model')} not affected.` : '';
  return `${table(['Model', 'What changes', 'A merge promotes to', 'Training takes'], rows)}${note}`;
}

function changes(list: readonly string[]): string {
  const shown = list.slice(0, 5).map((change) => escapeMarkdown(change, 200));
  if (list.length > shown.length) shown.push(count(list.length - shown.length, 'more change'));
  return shown.join('<br>') || '–';
}

function stages(list: readonly string[]): string {
  const [first, ...later] = list;
  if (first === undefined) return 'nothing';
  return later.length === 0
    ? codeSpan(first)
    : `${codeSpan(first)}, then ${later.map((stage) => codeSpan(stage)).join(', ')}`;
}

function estimate({ estimate: found }: PlanModelView): string {
  if (found === null) return 'not known: no past run';
  if (found.from === 'limit') {
    const cost = found.cost === null ? '' : `, ${escapeMarkdown(found.cost)}`;
    return `no past run; at most ${duration(found.seconds)}${cost}`;
  }
  const { seconds, cost, runs } = found;
  const paid = cost === null ? '' : `, ${escapeMarkdown(cost.middle)}`;
  const about = `about ${duration(seconds.middle)}${paid}`;
  if (runs < SPREAD_RUNS) return about;
  const between = `${duration(seconds.low)} to ${duration(seconds.high)}`;
  const costs = cost === null ? '' : `, ${escapeMarkdown(cost.low)} to ${escapeMarkdown(cost.high)}`;
  return `${about}<br>${between}${costs} for half of ${count(runs, 'run')}`;
}

/** Fewer have no spread worth telling. */
const SPREAD_RUNS = 3;

function policyTable(list: readonly PolicyChangeView[]): string {
  if (list.length === 0) return '';
  const words =
    '> [!IMPORTANT]\n> This pull request changes policy. It may train, and merging it promotes nothing: the model is trained from the default branch afterwards.';
  return `${words}\n\n${changeTable('Policy', list)}`;
}

function noticedTable(list: readonly PolicyChangeView[]): string {
  if (list.length === 0) return '';
  const words =
    '> [!NOTE]\n> This pull request changes what a model reads or where its data lies. That is no change of policy; look whether it is meant.';
  return `${words}\n\n${changeTable('Changes', list)}`;
}

function changeTable(heading: string, list: readonly PolicyChangeView[]): string {
  const rows = list
    .slice(0, 50)
    .map(({ key, from, to }) => [codeSpan(key, 120), codeSpan(from, 120), codeSpan(to, 120)]);
  const more = list.length > 50 ? `\n\n${count(list.length - 50, 'more key')} not shown.` : '';
  return `${table([heading, 'Base', 'Here'], rows)}${more}`;
}
