import type { Mood } from './view.ts';

/** Signs that say by shape what they say by colour. */
export const MOOD_SIGN: Readonly<Record<Mood, string>> = {
  success: '✅',
  failure: '❌',
  running: '⏳',
  attention: '🟡',
  neutral: '⚪',
};

/** "3 rows", "1 row". */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? singular : plural}`;
}

/** "8 s", "4 min 10 s", "2 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/** The first digits of an id, as people compare them. */
export function shortId(id: string, length = 7): string {
  return id.slice(0, length);
}
