import { avatar, person, plural, time } from '../format.ts';
import { type Html, html, path } from '../html.ts';
import { type IconName, icon } from '../icons.ts';
import { csrfField } from '../layout.ts';
import type { Pull, PullItem } from '../records.ts';
import type { Session } from '../session.ts';
import type { ShownCheck } from './checks.ts';
import { stateIcon, stateOf } from './state.ts';

interface At {
  readonly owner: string;
  readonly name: string;
}

function condition(pull: PullItem): { readonly name: IconName; readonly label: string } {
  if (pull.merged_at !== null) return { name: 'merged', label: 'Merged' };
  if (pull.state !== 'open') return { name: 'closed', label: 'Closed' };
  return { name: 'open', label: pull.draft === true ? 'Draft' : 'Open' };
}

export function pullRow(pull: PullItem, at: At): Html {
  const { name, label } = condition(pull);
  return html`<li><span class="pull-icon ${name}">${icon(name, label)}</span><div><a class="row-title" href="${path(at.owner, at.name, 'pull', pull.number)}">${pull.title}</a>
<div class="muted">#${pull.number} opened ${time(pull.created_at)} by ${pull.user?.login ?? 'ghost'}</div></div><code class="end">${pull.head.ref}</code></li>`;
}

type PullTab = 'conversation' | 'commits' | 'files';

/** Title, state, branches and tabs. */
export function pullHead(pull: Pull, at: At, tab: PullTab, checks?: number): Html {
  const { name, label } = condition(pull);
  const base = path(at.owner, at.name, 'pull', pull.number);
  const verb = pull.merged_at === null ? 'wants to merge' : 'merged';
  const head = pull.head.repo?.full_name === `${at.owner}/${at.name}` ? pull.head.ref : pull.head.label;
  const tabs: readonly [PullTab, string, string, number | undefined][] = [
    ['conversation', 'Conversation', base, undefined],
    ['commits', 'Commits', `${base}/commits`, pull.commits],
    ['files', 'Files changed', `${base}/files`, pull.changed_files],
  ];
  return html`<div class="pull-head"><h1>${pull.title} <span class="faint">#${pull.number}</span></h1>
<p><span class="pill ${name}">${icon(name)} ${label}</span> ${person(pull.merged_by ?? pull.user)} ${verb} ${plural(pull.commits, 'commit')} into <code class="branch">${pull.base.ref}</code> from <code class="branch">${head}</code></p>
<nav class="subtabs" aria-label="Pull request">${tabs.map(
    ([key, text, address, count]) =>
      html`<a href="${address}"${key === tab && html` aria-current="page"`}>${text}${count !== undefined && html` <span class="count">${count}</span>`}</a>`,
  )}<a href="${base}#checks">Checks${checks !== undefined && html` <span class="count">${checks}</span>`}</a><span class="space"></span><span class="plus">+${pull.additions}</span> <span class="minus">−${pull.deletions}</span></nav></div>`;
}

/** The button that closes or opens a pull request, for the signed-in, until it is merged. */
export function closeForm(pull: Pull, at: At, session: Session | undefined): Html {
  if (session?.account === undefined || pull.merged_at !== null) return html``;
  const [state, label] = pull.state === 'open' ? ['closed', 'Close pull request'] : ['open', 'Reopen pull request'];
  return html`<form class="close-form" method="post" action="${path(at.owner, at.name, 'pull', pull.number, 'state')}">${csrfField(session)}<input type="hidden" name="state" value="${state}"><button class="quiet">${label}</button></form>`;
}

/** Facts beside the conversation: each check at a glance, people, labels. */
export function pullSide(pull: Pull, checks: readonly ShownCheck[]): Html {
  const lines = checks.map(
    ({ run }) =>
      html`<li>${stateIcon(stateOf(run.status, run.conclusion))}<a href="#check-${run.id}">${run.name}</a></li>`,
  );
  return html`<section><h2>Checks</h2>${lines.length === 0 ? html`<p class="muted">None yet</p>` : html`<ul class="glance">${lines}</ul>`}</section>
<section><h2>Author</h2><p class="with-avatar">${avatar(pull.user, 20)}${person(pull.user)}</p></section>
<section><h2>Labels</h2><p>${pull.labels.length === 0 ? html`<span class="muted">None yet</span>` : pull.labels.map(({ name }) => html`<span class="badge">${name}</span> `)}</p></section>`;
}
