import { z } from 'zod';
import { ClientError } from '../client.ts';
import { avatar } from '../format.ts';
import { type Html, html, path } from '../html.ts';
import { csrfField } from '../layout.ts';
import type { Session } from '../session.ts';
import { type Answer, numberParam, place, type Visit } from '../visit.ts';

/** The form under a conversation, or the way to sign in. It is no live part, so what is being typed stays. */
export function commentForm(session: Session | undefined, action: string, here: string): Html {
  if (session?.account === undefined) {
    return html`<p class="comment-form signed-out"><a class="button" href="/login?return_to=${encodeURIComponent(here)}">Sign in</a> to comment, for example <code>/train</code>.</p>`;
  }
  return html`<form class="comment comment-form" method="post" action="${action}">${csrfField(session)}
<div class="comment-side">${avatar(session.account, 40)}</div>
<div class="comment-box"><header><label for="body">Comment as <strong>${session.account.login}</strong></label></header>
<div class="comment-body"><textarea id="body" name="body" rows="4" required placeholder="/train, /status, /help or anything else. Markdown works."></textarea>
<div class="buttons end"><span class="muted">Ctrl + Enter sends</span><button class="primary">Comment</button></div></div></div></form>`;
}

const Created = z.object({ id: z.number() });

/** Comments as the signed-in person and goes to the new comment. */
export async function postComment(visit: Visit, kind: 'pull' | 'issues'): Promise<Answer> {
  const at = place(visit);
  const number = numberParam(visit, 'number');
  // Browsers send the lines of a text area with CRLF.
  const body = (visit.form.get('body') ?? '').replaceAll('\r\n', '\n');
  if (body.trim() === '') throw new ClientError(422, 'A comment needs some text.');
  const created = Created.parse(await visit.client.send('POST', `${at.api}/issues/${number}/comments`, { body }));
  return { kind: 'redirect', to: `${path(at.owner, at.name, kind, number)}#issuecomment-${created.id}` };
}
