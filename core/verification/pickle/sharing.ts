import { type Global, nameOf } from './globals.ts';
import { costOf, depthOf, frozen, isFrozen, isTuple, listCost, MAX_DEPTH, type Value } from './values.ts';

/** Values that take no time worth counting. */
const FREE = 16;
/** Values that are there a second time because of one that holds them: Python takes seconds to hash as many. */
const MAX_SHARED = 2 ** 28;

/**
 * Counts what a pickle holds more than once. Python hashes and compares tuples and frozen sets by all that is in them: forty
 * tuples, each of which holds the one before it twice, take 2⁴⁰ steps. As many steps as there are values and what is counted
 * here are all that hashing each once can take.
 */
export class Sharing {
  readonly #report: (message: string) => void;
  #shared = 0;
  /** Of all that was put into lists. */
  #deepest = 0;

  constructor(report: (message: string) => void) {
    this.#report = report;
  }

  /** A value that is taken a second time. */
  again(value: Value): Value {
    if (!isFrozen(value)) return value;
    const cost = costOf(value);
    if (cost <= FREE) return value;
    this.#shared += cost;
    if (this.#shared > MAX_SHARED)
      this.#report('its tuples or frozen sets hold each other so often that Python hashes or compares them for ever');
    return value;
  }

  /** @param depth of what stands in a tuple or frozen set @returns its own */
  nested(depth: number): number {
    if (depth >= MAX_DEPTH)
      this.#report('its tuples or frozen sets stand in one another so deep that Python crashes when it hashes them');
    return Math.min(depth + 1, MAX_DEPTH);
  }

  /** What `isFrozen` is put into a list. @returns what it costs */
  listed(value: Value): number {
    this.#deepest = Math.max(this.#deepest, depthOf(value));
    return costOf(value);
  }

  /** What a class makes that Python hashes by what it is given; null for all others. */
  hashed(of: Global, args: Value): Value | null {
    if (!isHashed(of)) return null;
    let cost = 1;
    for (const item of isTuple(args) ? args.items : [args]) cost += listCost(item) ?? costOf(item);
    // Frozen sets know their hash; of lists it is not known what is in which.
    return frozen(cost, this.nested(of.name === 'frozenset' ? 0 : Math.max(depthOf(args), this.#deepest)));
  }
}

/** Whether Python hashes what a class makes by what it is given. */
export function isHashed(of: Global): boolean {
  return HASHED.has(nameOf(of)) || of.module === 'torch.return_types';
}

const HASHED: ReadonlySet<string> = new Set([
  'builtins.frozenset',
  'builtins.slice',
  'builtins.tuple',
  'torch.Size',
  'torch.nn.utils.rnn.PackedSequence',
]);

/** Whether Python hashes an object by the attributes that it is given. */
export function isHashedByState(of: Global): boolean {
  return HASHED_BY_STATE.has(nameOf(of));
}

const HASHED_BY_STATE: ReadonlySet<string> = new Set([
  'dateutil.relativedelta.relativedelta',
  'torch.distributed.checkpoint.metadata.MetadataIndex',
  'uuid.UUID',
]);
