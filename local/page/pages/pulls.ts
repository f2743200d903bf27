import { z } from 'zod';
import { ClientError } from '../client.ts';
import { avatar, person, plural, shortSha, time } from '../format.ts';
import { type Html, html, path } from '../html.ts';
import { icon } from '../icons.ts';
import { LiveParts } from '../layout.ts';
import { ChangedFile, Comment, Commit, Issue, Pull, PullItem } from '../records.ts';
import { comment, commitEvent, description, type Entry, event, timeline } from '../views/conversation.ts';
import { diff } from '../views/diff.ts';
import { mergeBox } from '../views/merge-box.ts';
import { closeForm, pullHead, pullRow, pullSide } from '../views/pull.ts';
import { type Answer, numberParam, type PageRoute, type Place, place, type Visit } from '../visit.ts';
import { checksOf } from './checks.ts';
import { commentForm, postComment } from './comment.ts';

function framed(at: Place, title: string, body: Html, live?: LiveParts): Answer {
  const repository = { owner: at.owner, name: at.name, tab: 'pulls' as const };
  return {
    kind: 'page',
    title: `${title} · ${at.owner}/${at.name}`,
    body,
    repository,
    ...(live === undefined ? {} : { live }),
  };
}

async function list(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const state = visit.url.searchParams.get('state') === 'closed' ? 'closed' : 'open';
  const pulls = await visit.client.list(`${at.api}/pulls?state=${state}`, PullItem);
  const here = path(at.owner, at.name, 'pulls');
  const filters = html`<p class="filters"><a href="${here}"${state === 'open' && html` aria-current="true"`}>Open</a> <a href="${here}?state=closed"${state === 'closed' && html` aria-current="true"`}>Closed</a></p>`;
  const live = new LiveParts();
  const rows =
    pulls.length === 0
      ? html`<p class="empty">No ${state} pull requests.</p>`
      : html`<ul class="rows">${pulls.map((pull) => pullRow(pull, at))}</ul>`;
  return framed(at, 'Pull requests', html`<h1>Pull requests</h1>${filters}${live.part('pulls', rows)}`, live);
}

/** Merge and close as entries of the conversation. */
function ending(pull: Pull): Entry[] {
  if (pull.merged_at !== null) {
    const by = pull.merged_by === null ? html`` : html`${person(pull.merged_by)} `;
    return [
      event(
        pull.merged_at,
        icon('merged'),
        html`${by}merged this into <code>${pull.base.ref}</code> <span class="mono">${shortSha(pull.merge_commit_sha ?? '')}</span> <span class="muted">${time(pull.merged_at)}</span>`,
      ),
    ];
  }
  return pull.closed_at === null
    ? []
    : [event(pull.closed_at, icon('closed'), html`This was closed <span class="muted">${time(pull.closed_at)}</span>`)];
}

async function conversation(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const { client, github, session } = visit;
  const number = numberParam(visit, 'number');
  const pull = await client.get(`${at.api}/pulls/${number}`, Pull);
  const [issue, comments, commits, checks] = await Promise.all([
    client.get(`${at.api}/issues/${number}`, Issue),
    client.list(`${at.api}/issues/${number}/comments`, Comment),
    client.list(`${at.api}/pulls/${number}/commits`, Commit),
    checksOf(visit, at, pull.head.sha),
  ]);
  const { server } = github.urls;
  const entries = [
    description(pull, issue.reactions, server),
    ...commits.map((one) => commitEvent(one, at.owner, at.name)),
    ...comments.map((one) => comment(one, server)),
    ...ending(pull),
  ];
  const checkPlace = { owner: at.owner, name: at.name, server, session, returnTo: `${visit.url.pathname}#checks` };
  const live = new LiveParts();
  const body = html`${live.part('head', pullHead(pull, at, 'conversation', checks.length))}
<div class="columns"><div>${live.part('timeline', timeline(entries))}${live.part('merge', mergeBox(pull, checks, checkPlace))}
${commentForm(session, path(at.owner, at.name, 'pull', number, 'comments'), visit.here)}${live.part('close', closeForm(pull, at, session))}</div>
<aside>${live.part('side', pullSide(pull, checks))}</aside></div>`;
  return framed(at, `${pull.title} · Pull request #${number}`, body, live);
}

async function files(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const number = numberParam(visit, 'number');
  const pull = await visit.client.get(`${at.api}/pulls/${number}`, Pull);
  const changed = await visit.client.list(`${at.api}/pulls/${number}/files`, ChangedFile);
  const body = html`${pullHead(pull, at, 'files')}${diff(changed, { owner: at.owner, name: at.name, sha: pull.head.sha })}`;
  return framed(at, `${pull.title} · Files of #${number}`, body);
}

async function commits(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const number = numberParam(visit, 'number');
  const pull = await visit.client.get(`${at.api}/pulls/${number}`, Pull);
  const all = await visit.client.list(`${at.api}/pulls/${number}/commits`, Commit);
  const rows = all.map(
    (one) =>
      html`<li>${avatar({ login: one.author?.login ?? '?', type: 'User' }, 24)}<div><a href="${path(at.owner, at.name, 'commit', one.sha)}">${one.commit.message.split('\n', 1)[0]}</a><div class="muted">${one.author?.login ?? one.commit.author?.name} committed ${time(one.commit.committer?.date)}</div></div><code class="end">${shortSha(one.sha)}</code></li>`,
  );
  return framed(
    at,
    `Commits of #${number}`,
    html`${pullHead(pull, at, 'commits')}<p class="muted">${plural(all.length, 'commit')}</p><ul class="rows">${rows}</ul>`,
  );
}

const MergeMethod = z.enum(['squash', 'merge']);

async function merge(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const number = numberParam(visit, 'number');
  const method = MergeMethod.safeParse(visit.form.get('method'));
  if (!method.success) throw new ClientError(422, 'expected the merge method squash or merge');
  // The head that the person saw: GitHub answers 409 if it has moved since.
  await visit.client.send('PUT', `${at.api}/pulls/${number}/merge`, {
    merge_method: method.data,
    sha: visit.form.get('sha') ?? '',
  });
  return { kind: 'redirect', to: path(at.owner, at.name, 'pull', number) };
}

async function setState(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const number = numberParam(visit, 'number');
  await visit.client.send('PATCH', `${at.api}/pulls/${number}`, {
    state: visit.form.get('state') === 'open' ? 'open' : 'closed',
  });
  return { kind: 'redirect', to: path(at.owner, at.name, 'pull', number) };
}

export const pullRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/{owner}/{repo}/pulls', answer: list },
  { method: 'GET', path: '/{owner}/{repo}/pull/{number}', answer: conversation },
  { method: 'GET', path: '/{owner}/{repo}/pull/{number}/files', answer: files },
  { method: 'GET', path: '/{owner}/{repo}/pull/{number}/commits', answer: commits },
  { method: 'POST', path: '/{owner}/{repo}/pull/{number}/merge', answer: merge },
  { method: 'POST', path: '/{owner}/{repo}/pull/{number}/state', answer: setState },
  { method: 'POST', path: '/{owner}/{repo}/pull/{number}/comments', answer: (visit) => postComment(visit, 'pull') },
];
