import { ClientError } from '../client.ts';
import { avatar } from '../format.ts';
import { html, safeHref } from '../html.ts';
import { csrfField } from '../layout.ts';
import { clearCookie, endSession, setCookie, startSession } from '../session.ts';
import type { Answer, PageRoute, Visit } from '../visit.ts';

/** A path of this server to go on to; anything else leads to the start. */
export function returnTo(value: string | null): string {
  const address = safeHref(value);
  return address.startsWith('/') ? address : '/';
}

function signInPage({ github, session, url }: Visit): Answer {
  const started = session ?? startSession(github);
  const back = returnTo(url.searchParams.get('return_to'));
  const users = github.tables.accounts.list({ type: 'User' });
  const list = users.map(
    (
      user,
    ) => html`<li><form method="post" action="/login">${csrfField(started)}<input type="hidden" name="login" value="${user.login}"><input type="hidden" name="return_to" value="${back}">
<button class="account">${avatar(user, 36)}<span><strong>${user.login}</strong>${user.name !== null && html`<span class="muted">${user.name}</span>`}</span></button></form></li>`,
  );
  const none = users.length === 0 && html`<p class="muted">This local GitHub has no users yet.</p>`;
  const body = html`<section class="sign-in"><h1>Sign in as</h1><p class="muted">The people of this demo. There are no passwords: this server answers this machine only.</p><ul class="accounts">${list}</ul>${none}</section>`;
  return { kind: 'page', title: 'Sign in · Local GitHub', body, session: started, cookie: setCookie(github, started) };
}

function signIn({ github, form, session }: Visit): Answer {
  const account = github.tables.accounts.find({ login: form.get('login') ?? '' });
  if (account === undefined || account.type !== 'User')
    throw new ClientError(404, 'There is no such user to sign in as.');
  if (session !== undefined) endSession(github, session);
  // A new id: one that was known before the sign-in must not be worth more after it.
  return {
    kind: 'redirect',
    to: returnTo(form.get('return_to')),
    cookie: setCookie(github, startSession(github, account)),
  };
}

function signOut({ github, session }: Visit): Answer {
  if (session !== undefined) endSession(github, session);
  return { kind: 'redirect', to: '/', cookie: clearCookie(github) };
}

function picture({ github, params }: Visit): Answer {
  const account = github.tables.accounts.get(Number(params['id']));
  if (account === undefined) throw new ClientError(404, 'Not Found');
  const svg = avatar(account, 64).text.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
  return {
    kind: 'bytes',
    headers: { 'content-type': 'image/svg+xml', 'content-security-policy': "default-src 'none'" },
    body: Buffer.from(svg),
  };
}

const FAVICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#3b5b8c"/><path d="M4 11.500V4.500h8v7z" fill="#fff"/></svg>';

export const accountRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/login', answer: signInPage },
  { method: 'POST', path: '/login', answer: signIn },
  { method: 'POST', path: '/logout', answer: signOut },
  { method: 'GET', path: '/avatars/{id}', answer: picture },
  {
    method: 'GET',
    path: '/favicon.svg',
    answer: () => ({ kind: 'bytes', headers: { 'content-type': 'image/svg+xml' }, body: Buffer.from(FAVICON) }),
  },
];
