import { ScanError, type Source } from '../format.ts';
import { Machine, type Observer } from './machine.ts';
import { DATA, type Global, isGlobal } from './values.ts';

export interface Probed {
  /** Where the first STOP ends, or null where an unpickler would raise before one. */
  readonly end: number | null;
  /** Things that an unpickler would import, by names that Python could import. */
  readonly imported: readonly Global[];
  /** Whether something is called once something was imported. */
  readonly called: boolean;
  /** What is called or instantiated, on no list, and named where the probe began rather than before. */
  readonly unlisted: readonly Global[];
}

/** Text that nobody means as a pickle must not cost much. */
const MAX_TICKS = 1 << 14;

/** What an unpickler that starts at `start` would do. Reports nothing. @throws ScanError where the file can't be read */
export function probe(source: Source, start: number, tick: () => void, from?: (observer: Observer) => Machine): Probed {
  const imported: Global[] = [];
  const own: Global[] = [];
  const unlisted: Global[] = [];
  let called = false;
  let ticks = 0;
  const observer: Observer = {
    finding: () => {},
    imported: (found, _, fromHere) => {
      if (!isImportable(found) || imported.length >= 16) return;
      imported.push(found);
      if (fromHere) own.push(found);
    },
    called: (callee) => {
      called ||= imported.length > 0;
      if (isGlobal(callee) && callee.grade === null && own.includes(callee)) unlisted.push(callee);
    },
    persistent: () => DATA,
    content: () => {},
    unpickled: () => {},
    array: (_, at) => at,
    tick: () => {
      tick();
      ticks += 1;
      if (ticks > MAX_TICKS) throw new ScanError('malformed', 'too long for a probe', 0);
    },
  };
  try {
    const machine = from?.(observer) ?? new Machine(source, start, observer);
    machine.run();
    return { end: machine.cursor.position, imported, called, unlisted };
  } catch (error) {
    if (!(error instanceof ScanError) || error.code === 'short_read' || error.code === 'timed_out') throw error;
    return { end: null, imported, called, unlisted };
  }
}

/** Pickles that only hold data, one after the other, before one that does more. */
const MAX_FOLLOWING = 1000;

/** Whether an unpickler that reads one pickle after the other would import and call, or `data` if all of it is pickles. */
export function whatPickles(source: Source): 'acts' | 'data' | null {
  let at = 0;
  for (let count = 0; count < MAX_FOLLOWING && at < source.size; count += 1) {
    const found = probe(source, at, () => {});
    if (found.called || (found.end !== null && found.imported.length > 0)) return 'acts';
    if (found.end === null) return null;
    at = found.end;
  }
  return at > 0 && at === source.size ? 'data' : null;
}

/** Spaces, punctuation or what is no text are in no name that Python can import. */
function isImportable(found: Global): boolean {
  return (
    isGlobal(found) &&
    [found.module, found.name].every((name) => /^[^\s,;:"'(){}[\]\\/<>=*+\p{C}\uFFFD-]+\r?$/u.test(name))
  );
}
