import type { RunId } from '../core/names.ts';
import type { Ports } from './ports.ts';

const key = (run: RunId): string => `tracked trouble ${run}`;
/** Of what the tracking server did not take, so much is named. */
const NAMED = 3;

/** What the tracking server did not take of a run, or that it took nothing, in words that may be foreign; null: all is well. */
export async function trackTrouble({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId): Promise<string | null> {
  return (await inFlight.progress(key(run))) || null;
}

/** @returns whether that was not known yet */
export async function noteTrackTrouble(
  ports: Pick<Ports, 'inFlight'>,
  run: RunId,
  trouble: string | null,
): Promise<boolean> {
  if ((await trackTrouble(ports, run)) === trouble) return false;
  await ports.inFlight.putProgress(key(run), trouble ?? '');
  return true;
}

export function leftOutWords(leftOut: readonly string[]): string | null {
  if (leftOut.length === 0) return null;
  const named = leftOut.slice(0, NAMED).join('; ');
  const more = leftOut.length - NAMED;
  return `The tracking server did not take everything of this run: ${named}${more > 0 ? `; and ${more} more` : ''}`;
}
