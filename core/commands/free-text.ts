import { Duration, type Seconds } from '../config/quantities.ts';
import type { Arguments } from './flags.ts';
import { shown } from './shown.ts';
import type { Token } from './tokens.ts';

const MAX_REASON = 300;
const MAX_SECONDS = 365 * 86_400;

export type Reason = { readonly ok: true; readonly reason: string } | { readonly ok: false; readonly message: string };

/** The words as one text, with one space between them; `''` for none. At most 300 characters (UTF-16 units). */
export function reasonOf(words: readonly Token[]): Reason {
  const reason = words
    .map(({ text }) => text)
    .join(' ')
    .replace(/ +/g, ' ')
    .trim();
  if (reason.length <= MAX_REASON) return { ok: true, reason };
  return { ok: false, message: `expected a reason of at most ${MAX_REASON} characters, got ${reason.length}` };
}

export type Expiry =
  | { readonly ok: true; readonly expiresIn: Seconds | null }
  | { readonly ok: false; readonly message: string };

/** `--for 2h`: from a second to a year; null where it isn't given. */
export function expiryOf({ values }: Arguments): Expiry {
  const [text] = values.get('--for') ?? [];
  if (text === undefined) return { ok: true, expiresIn: null };
  const duration = Duration.safeParse(text);
  if (duration.success && duration.data <= MAX_SECONDS) return { ok: true, expiresIn: duration.data };
  return { ok: false, message: `--for expects a time such as 30m, 2h or 3d, at most 365d, got ${shown(text)}` };
}

/** Whether a word after `/hold` releases a hold for other bots: as a reason of ours it stands in quotes. */
export function releasesElsewhere(word: string): boolean {
  return /^(?:cancel|off|release|remove|stop|end|none|no|false)$/i.test(word);
}
