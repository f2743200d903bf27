import { type Html, html } from './html.ts';
import type { User } from './records.ts';

/** A time as the API writes it; the page's script turns it into "2 minutes ago", the exact one stays in the title. */
export function time(timestamp: string | null | undefined): Html {
  if (timestamp === null || timestamp === undefined) return html``;
  const exact = `${timestamp.slice(0, 16).replace('T', ' ')} UTC`;
  return html`<time datetime="${timestamp}" title="${exact}">${exact}</time>`;
}

export const shortSha = (sha: string): string => sha.slice(0, 7);

/** @param bytes for example 1536 → `1.5 KB` */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Time between two timestamps of the API: `8s`, `1m 5s`, `2h 3m`. */
export function duration(from: string | null, to: string | null): string {
  if (from === null || to === null) return '';
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function hue(login: string): number {
  let sum = 0;
  for (const character of login) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return sum;
}

/** A picture made of the login's first letter: nothing is loaded from elsewhere. Apps get a square one. */
export function avatar(user: User | null, pixels = 32): Html {
  const login = user?.login ?? 'ghost';
  const shape =
    user?.type === 'Bot'
      ? html`<rect width="32" height="32" rx="7" fill="hsl(${hue(login)} 30% 32%)"/>`
      : html`<circle cx="16" cy="16" r="16" fill="hsl(${hue(login)} 45% 42%)"/>`;
  return html`<svg class="avatar" viewBox="0 0 32 32" width="${pixels}" height="${pixels}" aria-hidden="true">${shape}<text x="16" y="21.5" text-anchor="middle" font-size="16" font-weight="600" fill="#fff">${[...login][0]?.toUpperCase()}</text></svg>`;
}

/** A login, with GitHub's mark for Apps. */
export function person(user: User | null): Html {
  if (user === null) return html`<strong>ghost</strong>`;
  const bot = user.login.endsWith('[bot]');
  const name = bot ? user.login.slice(0, -'[bot]'.length) : user.login;
  return html`<strong class="person">${name}</strong>${bot && html` <span class="badge">bot</span>`}`;
}
