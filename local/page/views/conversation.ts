import { avatar, person, shortSha, time } from '../format.ts';
import { type Content, type Html, html, path } from '../html.ts';
import { icon } from '../icons.ts';
import { markdown } from '../markdown.ts';
import type { Comment, Commit, User } from '../records.ts';

/** One entry of a conversation, in the order of `at` (the API's timestamps sort as text). */
export interface Entry {
  readonly at: string;
  readonly content: Html;
}

const REACTIONS: readonly [string, string][] = [
  ['+1', '👍'],
  ['-1', '👎'],
  ['laugh', '😄'],
  ['hooray', '🎉'],
  ['confused', '😕'],
  ['heart', '❤️'],
  ['rocket', '🚀'],
  ['eyes', '👀'],
];

function reactions(counts: Readonly<Record<string, string | number>> | undefined): Html {
  const shown = REACTIONS.flatMap(([name, sign]) => {
    const count = Number(counts?.[name] ?? 0);
    return count > 0 ? [html`<li title="${name}">${sign} ${count}</li>`] : [];
  });
  return shown.length === 0 ? html`` : html`<ul class="reactions">${shown}</ul>`;
}

interface Said {
  readonly id: string;
  readonly user: User | null;
  readonly body: string;
  readonly createdAt: string;
  readonly edited: boolean;
  readonly reactions: Readonly<Record<string, string | number>> | undefined;
  readonly verb: string;
}

function box(said: Said, server: string): Html {
  const body =
    said.body.trim() === '' ? html`<p class="muted markdown">No description.</p>` : markdown(said.body, server);
  return html`<article class="comment" id="${said.id}"><div class="comment-side">${avatar(said.user, 40)}</div>
<div class="comment-box"><header>${person(said.user)} <span class="muted">${said.verb} <a href="#${said.id}">${time(said.createdAt)}</a>${said.edited && ' · edited'}</span></header>
<div class="comment-body">${body}${reactions(said.reactions)}</div></div></article>`;
}

/** The description of an issue or pull request, shown as its first comment. */
export function description(
  opened: { readonly user: User | null; readonly body?: string | null | undefined; readonly created_at: string },
  counts: Readonly<Record<string, string | number>> | undefined,
  server: string,
): Entry {
  const said = {
    user: opened.user,
    body: opened.body ?? '',
    createdAt: opened.created_at,
    edited: false,
    reactions: counts,
  };
  return { at: '', content: box({ ...said, id: 'description', verb: 'opened this' }, server) };
}

export function comment(one: Comment, server: string): Entry {
  const edited = one.updated_at !== one.created_at;
  const said = { user: one.user, body: one.body ?? '', createdAt: one.created_at, edited, reactions: one.reactions };
  return { at: one.created_at, content: box({ ...said, id: `issuecomment-${one.id}`, verb: 'commented' }, server) };
}

/** A line between comments: a commit, a merge, a close. */
export function event(at: string, mark: Html, content: Content): Entry {
  return { at, content: html`<div class="event"><span class="event-mark">${mark}</span><div>${content}</div></div>` };
}

export function commitEvent(commit: Commit, owner: string, name: string): Entry {
  const author = commit.author?.login ?? commit.commit.author?.name ?? 'unknown';
  const subject = commit.commit.message.split('\n', 1)[0] ?? '';
  const at = commit.commit.committer?.date ?? '';
  return event(
    at,
    icon('commit'),
    html`<strong>${author}</strong> committed <span class="commit-subject">${subject}</span> <a class="mono" href="${path(owner, name, 'commit', commit.sha)}">${shortSha(commit.sha)}</a> <span class="muted">${time(at)}</span>`,
  );
}

/** Comments and events in the order of time; equal seconds keep the order given. */
export function timeline(entries: readonly Entry[]): Html {
  const sorted = [...entries].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return html`<div class="timeline">${sorted.map(({ content }) => content)}</div>`;
}
