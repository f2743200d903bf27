import { editDistance } from '../suggest.ts';
import type { CommandName } from './command.ts';
import { COMMAND_NAMES } from './registry.ts';

/** Longer words are nobody's typo, and the distance is quadratic. */
const MAX_WORD = 40;

/** What other tools call what ours call otherwise. */
const CALLED_ELSEWHERE: Readonly<Record<string, CommandName>> = {
  'ok-to-test': 'ok-to-train',
  'remove-hold': 'unhold',
  eval: 'evaluate',
  retrain: 'train',
};

/** Commands of other bots that are near to ours. They are not meant for us, and get no answer. */
const OTHERS: ReadonlySet<string> = new Set(['block', 'unblock', 'unlink', 'remote', 'restart', 'state', 'start']);

/** The command that somebody means who types `word` after the slash; null where it seems not to be meant for us. */
export function nearMiss(word: string): CommandName | null {
  if (word.length > MAX_WORD) return null;
  const lower = word.toLowerCase();
  if (OTHERS.has(lower)) return null;
  const exact = COMMAND_NAMES.find((name) => name === lower);
  if (exact !== undefined) return exact;
  if (Object.hasOwn(CALLED_ELSEWHERE, lower)) return CALLED_ELSEWHERE[lower] ?? null;
  return nearest(lower) ?? COMMAND_NAMES.find((name) => continues(lower, name)) ?? null;
}

function nearest(word: string): CommandName | null {
  const ranked = COMMAND_NAMES.map((name) => ({ name, distance: editDistance(word, name) }))
    // One slip in a short name: two of them make another word of it.
    .filter(({ name, distance }) => distance <= (name.length <= 5 ? 1 : 2))
    .sort((one, other) => one.distance - other.distance);
  return ranked[0]?.name ?? null;
}

/** `/trainfoo`, `/train-all`, `/train:x`; not `/train.py`, and of short names not every word that begins so. */
function continues(word: string, name: CommandName): boolean {
  if (!word.startsWith(name)) return false;
  const rest = word.slice(name.length);
  if (/^[.](?=[a-z0-9])/.test(rest)) return false;
  return name.length > 4 || rest.length <= 2 || !/^[a-z]/.test(rest);
}
