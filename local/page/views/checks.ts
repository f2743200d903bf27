import { duration, plural, shortSha } from '../format.ts';
import { type Html, html, path, safeHref } from '../html.ts';
import { csrfField } from '../layout.ts';
import { markdown } from '../markdown.ts';
import type { Annotation, CheckRun } from '../records.ts';
import type { Session } from '../session.ts';
import { stateIcon, stateOf } from './state.ts';

/** A button that the check's App put on it. */
export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

export interface ShownCheck {
  readonly run: CheckRun;
  readonly annotations: readonly Annotation[];
  readonly actions: readonly CheckAction[];
}

export interface CheckPlace {
  readonly owner: string;
  readonly name: string;
  readonly server: string;
  readonly session: Session | undefined;
  /** Where a button leads back to. */
  readonly returnTo: string;
}

const LEVELS: Readonly<Record<string, string>> = { failure: 'bad', warning: 'act', notice: 'mute' };

function annotation({ path: file, ...one }: Annotation, run: CheckRun, place: CheckPlace): Html {
  const lines = one.end_line > one.start_line ? `${one.start_line}-${one.end_line}` : `${one.start_line}`;
  const address = `${path(place.owner, place.name, 'blob', run.head_sha, file)}#L${one.start_line}`;
  const level = one.annotation_level ?? 'notice';
  return html`<li class="annotation ${LEVELS[level] ?? 'mute'}">
<div><a class="mono" href="${address}">${file}:${lines}</a> <span class="badge">${level}</span></div>
${one.title !== null && one.title !== '' && html`<strong>${one.title}</strong>`}
<pre>${one.message}</pre>
${one.raw_details !== null && one.raw_details !== '' && html`<details data-key="raw-${run.id}-${file}-${lines}"><summary>Details</summary><pre>${one.raw_details}</pre></details>`}
</li>`;
}

function actionForm(run: CheckRun, action: CheckAction, place: CheckPlace): Html {
  return html`<form method="post" action="${path(place.owner, place.name, 'check-runs', run.id, 'actions')}">
${csrfField(place.session)}<input type="hidden" name="return_to" value="${place.returnTo}"><input type="hidden" name="identifier" value="${action.identifier}">
<button title="${action.description}">${action.label}</button></form>`;
}

function rerunForm(run: CheckRun, place: CheckPlace): Html {
  return html`<form method="post" action="${path(place.owner, place.name, 'check-runs', run.id, 'rerequest')}">
${csrfField(place.session)}<input type="hidden" name="return_to" value="${place.returnTo}"><button class="quiet">Re-run</button></form>`;
}

function buttons({ run, actions }: ShownCheck, place: CheckPlace): Html {
  if (place.session?.account === undefined) return html``;
  const rerun = run.status === 'completed' && rerunForm(run, place);
  return html`<div class="buttons">${actions.map((action) => actionForm(run, action, place))}${rerun}</div>`;
}

/** One check as a line that opens to its summary, text, annotations and buttons. */
export function checkLine(check: ShownCheck, place: CheckPlace): Html {
  const { run, annotations } = check;
  const state = stateOf(run.status, run.conclusion);
  const title = run.output.title ?? state.label;
  const took = run.conclusion === 'skipped' ? '' : duration(run.started_at, run.completed_at);
  const details = safeHref(run.details_url);
  const open = state.tone === 'bad' || state.tone === 'act' || run.status === 'in_progress';
  return html`<details class="check" id="check-${run.id}" data-key="check-${run.id}"${open && html` open`}>
<summary>${stateIcon(state)}<span class="check-name">${run.name}</span><span class="check-title">${title}</span><span class="muted took">${took}</span></summary>
<div class="check-body">
${run.output.summary !== null && markdown(run.output.summary, place.server)}
${annotations.length > 0 && html`<h4>${plural(run.output.annotations_count, 'annotation')}</h4><ul class="annotations">${annotations.map((one) => annotation(one, run, place))}</ul>`}
${run.output.text !== null && run.output.text !== '' && html`<details class="more" data-key="text-${run.id}"><summary>Full text</summary>${markdown(run.output.text, place.server)}</details>`}
<div class="check-foot">${buttons(check, place)}<span class="muted">${run.app?.name} · <code>${shortSha(run.head_sha)}</code>${details !== '#' && html` · <a href="${details}">Details</a>`}</span></div>
</div></details>`;
}

/** One sentence over all checks of a commit, the worst first. */
export function checksSummary(checks: readonly ShownCheck[]): {
  readonly tone: 'good' | 'bad' | 'act' | 'busy' | 'mute';
  readonly text: string;
} {
  const tones = checks.map(({ run }) => stateOf(run.status, run.conclusion).tone);
  const count = (tone: string): number => tones.filter((one) => one === tone).length;
  const passed = tones.length - count('bad') - count('act') - count('busy');
  if (tones.length === 0) return { tone: 'mute', text: 'No checks have reported on this commit' };
  if (count('bad') > 0) return { tone: 'bad', text: `${plural(count('bad'), 'check')} failed, ${passed} passed` };
  if (count('act') > 0)
    return {
      tone: 'act',
      text: `${plural(count('act'), 'check')} ${count('act') === 1 ? 'wants' : 'want'} something of you`,
    };
  if (count('busy') > 0) return { tone: 'busy', text: `${plural(count('busy'), 'check')} running, ${passed} passed` };
  return { tone: 'good', text: `All checks have passed (${passed})` };
}
