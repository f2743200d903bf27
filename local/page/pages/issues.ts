import { time } from '../format.ts';
import { html, path } from '../html.ts';
import { icon } from '../icons.ts';
import { LiveParts } from '../layout.ts';
import { Comment, Issue } from '../records.ts';
import { comment, description, event, timeline } from '../views/conversation.ts';
import { type Answer, numberParam, type PageRoute, place, type Visit } from '../visit.ts';
import { commentForm, postComment } from './comment.ts';

async function list(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const all = await visit.client.list(`${at.api}/issues?state=all`, Issue);
  const issues = all.filter((one) => one.pull_request === undefined);
  const rows = issues.map(
    (one) =>
      html`<li><span class="state ${one.state === 'open' ? 'good' : 'mute'}">${icon(one.state === 'open' ? 'neutral' : 'check', one.state)}</span><div><a class="row-title" href="${path(at.owner, at.name, 'issues', one.number)}">${one.title}</a><div class="muted">#${one.number} opened ${time(one.created_at)} by ${one.user?.login ?? 'ghost'}</div></div></li>`,
  );
  const live = new LiveParts();
  const body = html`<h1>Issues</h1>${live.part('issues', rows.length === 0 ? html`<p class="empty">No issues.</p>` : html`<ul class="rows">${rows}</ul>`)}`;
  return {
    kind: 'page',
    title: `Issues · ${at.owner}/${at.name}`,
    body,
    live,
    repository: { owner: at.owner, name: at.name, tab: 'issues' },
  };
}

async function show(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const number = numberParam(visit, 'number');
  const issue = await visit.client.get(`${at.api}/issues/${number}`, Issue);
  if (issue.pull_request !== undefined) return { kind: 'redirect', to: path(at.owner, at.name, 'pull', number) };
  const comments = await visit.client.list(`${at.api}/issues/${number}/comments`, Comment);
  const { server } = visit.github.urls;
  const closed =
    issue.closed_at === null
      ? []
      : [
          event(
            issue.closed_at,
            icon('check'),
            html`This was closed <span class="muted">${time(issue.closed_at)}</span>`,
          ),
        ];
  const entries = [
    description(issue, issue.reactions, server),
    ...comments.map((one) => comment(one, server)),
    ...closed,
  ];
  const live = new LiveParts();
  const tone = issue.state === 'open' ? 'open' : 'merged';
  const body = html`<div class="pull-head"><h1>${issue.title} <span class="faint">#${number}</span></h1>${live.part('state', html`<p><span class="pill ${tone}">${issue.state === 'open' ? 'Open' : 'Closed'}</span></p>`)}</div>
${live.part('timeline', timeline(entries))}${commentForm(visit.session, path(at.owner, at.name, 'issues', number, 'comments'), visit.here)}`;
  return {
    kind: 'page',
    title: `${issue.title} · Issue #${number}`,
    body,
    live,
    repository: { owner: at.owner, name: at.name, tab: 'issues' },
  };
}

export const issueRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/{owner}/{repo}/issues', answer: list },
  { method: 'GET', path: '/{owner}/{repo}/issues/{number}', answer: show },
  { method: 'POST', path: '/{owner}/{repo}/issues/{number}/comments', answer: (visit) => postComment(visit, 'issues') },
];
