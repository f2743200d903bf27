import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Account } from '../accounts/account.ts';
import { createUserToken } from '../auth/tokens.ts';
import type { LocalGitHub } from '../github.ts';

/** A browser's session. It is kept in memory only: a restart signs everybody out. */
export interface Session {
  readonly id: string;
  /** Sent with every form; a page of another site can't read it. */
  readonly csrf: string;
  readonly account: Account | undefined;
  /** The signed-in person's API token. */
  readonly token: string | undefined;
  /** Its row, by which it is revoked. */
  readonly tokenId: number | undefined;
}

const MOST_SESSIONS = 1000;
const stores = new WeakMap<LocalGitHub, Map<string, Session>>();

function storeOf(github: LocalGitHub): Map<string, Session> {
  const known = stores.get(github);
  if (known !== undefined) return known;
  const made = new Map<string, Session>();
  stores.set(github, made);
  return made;
}

/** Cookies don't tell ports apart, so the name does: two local GitHubs may run at once. */
const cookieName = (github: LocalGitHub): string => `local_github_session_${github.port}`;

function add(github: LocalGitHub, account: Account | undefined): Session {
  const store = storeOf(github);
  if (store.size >= MOST_SESSIONS) store.delete(store.keys().next().value ?? '');
  const { tables } = github;
  const token = account === undefined ? undefined : createUserToken(tables, account.id);
  const tokenId =
    account === undefined ? undefined : tables.tokens.list({ kind: 'user', accountId: account.id }).at(-1)?.id;
  const random = (): string => randomBytes(24).toString('base64url');
  const session = { id: random(), csrf: random(), account, token, tokenId };
  store.set(session.id, session);
  return session;
}

/** The session that the request's cookie names, if there is one. */
export function findSession(github: LocalGitHub, request: IncomingMessage): Session | undefined {
  const wanted = `${cookieName(github)}=`;
  const cookie = (request.headers.cookie ?? '').split(/; */).find((one) => one.startsWith(wanted));
  return cookie === undefined ? undefined : storeOf(github).get(cookie.slice(wanted.length));
}

/** Starts a session: of nobody (so that the sign-in form has a token to send), or of a signed-in account under a new id. */
export function startSession(github: LocalGitHub, account?: Account): Session {
  return add(github, account);
}

/** Ends a session; its token ends with it. */
export function endSession(github: LocalGitHub, session: Session): void {
  storeOf(github).delete(session.id);
  if (session.tokenId !== undefined) github.tables.tokens.delete(session.tokenId);
}

export function setCookie(github: LocalGitHub, session: Session): string {
  return `${cookieName(github)}=${session.id}; Path=/; HttpOnly; SameSite=Strict`;
}

export function clearCookie(github: LocalGitHub): string {
  return `${cookieName(github)}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
}

/** Whether a form carries its session's token. Compared in constant time. */
export function hasToken(session: Session | undefined, form: URLSearchParams): session is Session {
  if (session === undefined) return false;
  const given = Buffer.from(form.get('csrf') ?? '');
  const expected = Buffer.from(session.csrf);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
