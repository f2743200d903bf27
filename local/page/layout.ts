import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Content, type Html, html, path, trusted } from './html.ts';
import { icon } from './icons.ts';
import type { Session } from './session.ts';

const asset = (name: string): Html => trusted(readFileSync(join(import.meta.dirname, 'assets', name), 'utf8'));
const style = asset('page.css');
const script = asset('live.mjs');

export interface LivePart {
  /** Of `markup`: the page's script replaces a part whose digest has changed. */
  readonly digest: string;
  readonly markup: string;
}

/** The parts of a page that are sent again when they change. */
export class LiveParts {
  readonly parts = new Map<string, LivePart>();

  part(name: string, content: Content): Html {
    const built = html`${content}`;
    const digest = createHash('sha256').update(built.text).digest('base64url').slice(0, 22);
    this.parts.set(name, { digest, markup: built.text });
    return html`<div data-live="${name}" data-digest="${digest}">${built}</div>`;
  }
}

export interface Frame {
  readonly title: string;
  readonly nonce: string;
  readonly session: Session | undefined;
  /** Where the person is, to come back to after signing in. */
  readonly here: string;
  readonly repository?: { readonly owner: string; readonly name: string; readonly tab: RepositoryTab };
}

export type RepositoryTab = 'code' | 'pulls' | 'actions' | 'issues' | 'releases';

/** The hidden field that every form carries. */
export function csrfField(session: Session | undefined): Html {
  return html`<input type="hidden" name="csrf" value="${session?.csrf}">`;
}

function account(session: Session | undefined, here: string): Html {
  if (session?.account === undefined)
    return html`<a class="button" href="/login?return_to=${encodeURIComponent(here)}">Sign in</a>`;
  return html`<form class="who" method="post" action="/logout">${csrfField(session)}<span>Signed in as <strong>${session.account.login}</strong></span><button class="quiet">Sign out</button></form>`;
}

function tabs(repository: NonNullable<Frame['repository']>): Html {
  const { owner, name, tab } = repository;
  const entries: readonly [RepositoryTab, string, string][] = [
    ['code', 'Overview', path(owner, name)],
    ['issues', 'Issues', path(owner, name, 'issues')],
    ['pulls', 'Pull requests', path(owner, name, 'pulls')],
    ['actions', 'Actions', path(owner, name, 'actions')],
    ['releases', 'Releases', path(owner, name, 'releases')],
  ];
  return html`<nav class="tabs" aria-label="Repository"><div class="wide">${entries.map(
    ([key, label, address]) => html`<a href="${address}"${key === tab && html` aria-current="page"`}>${label}</a>`,
  )}</div></nav>`;
}

/** The whole document. Style and script are inline under the nonce; nothing is loaded from elsewhere. */
export function document(frame: Frame, body: Content): Html {
  const { repository, session, nonce } = frame;
  const crumbs =
    repository &&
    html`<span class="crumbs"><a href="/">${repository.owner}</a> / <a href="${path(repository.owner, repository.name)}"><strong>${repository.name}</strong></a></span>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${frame.title}</title>
<link rel="icon" href="/favicon.svg">
<style nonce="${nonce}">${style}</style>
</head>
<body>
<header class="top"><div class="wide"><a class="brand" href="/">${icon('repository')} Local GitHub</a>${crumbs}<span class="space"></span>${account(session, frame.here)}</div></header>
${repository && tabs(repository)}
<main class="wide">${body}</main>
<footer class="wide">A GitHub for this machine only. Jobs run here, as you. Behaviour that nobody has confirmed against github.com is listed in <code>docs/local-github.md</code>.</footer>
<script nonce="${nonce}" type="module">${script}</script>
</body>
</html>
`;
}
