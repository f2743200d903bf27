import { LEDGER_REF } from '../core/ledger/entry.ts';
import { GitId } from '../core/names.ts';
import { FlowError } from './error.ts';
import type { Ports, StoredEnvelope } from './ports.ts';

/** The newest commit of the ledger's ref that was seen and verified. */
const SEEN = 'ledger head';

type HeadPorts = Pick<Ports, 'inFlight'>;

/**
 * The ledger's commits, which must hold the newest one ever seen: a ref that was set back or deleted takes holds, locks
 * and freezes with it, and no tag tells of those (invariant 10).
 *
 * @throws FlowError `ledger_invalid` when it was rewound
 */
export async function unrewoundChain(
  ports: Pick<Ports, 'ledger'> & Partial<HeadPorts>,
): Promise<readonly StoredEnvelope[]> {
  const { inFlight } = ports;
  if (inFlight === undefined) return ports.ledger.chain(LEDGER_REF);
  // Read before the ref: whoever moves the ref remembers its new head afterwards.
  const seen = await seenHead({ inFlight });
  const chain = await ports.ledger.chain(LEDGER_REF);
  if (holds(chain, seen)) return chain;
  // Refs may have been read a moment ago, and another flow's entry be younger than that.
  const again = await ports.ledger.chain(LEDGER_REF, { fresh: true });
  if (holds(again, seen)) return again;
  throw new FlowError('ledger_invalid', rewoundMessage(again, seen));
}

/** What is wrong with a ledger that was rewound, in words; null when it holds what was seen of it. */
export async function rewindOf(ports: Pick<Ports, 'ledger'> & HeadPorts): Promise<string | null> {
  try {
    await unrewoundChain(ports);
    return null;
  } catch (error) {
    if (error instanceof FlowError && error.code === 'ledger_invalid') return error.message;
    throw error;
  }
}

/** From now on the ledger must descend from this commit; null: from none. */
export async function rememberHead({ inFlight }: HeadPorts, head: GitId | null): Promise<void> {
  if ((await seenHead({ inFlight })) !== head) await inFlight.putProgress(SEEN, head ?? '');
}

async function seenHead({ inFlight }: HeadPorts): Promise<GitId | null> {
  const seen = GitId.safeParse(await inFlight.progress(SEEN));
  return seen.success ? seen.data : null;
}

function holds(chain: readonly StoredEnvelope[], seen: GitId | null): boolean {
  return seen === null || chain.some(({ commit }) => commit === seen);
}

function rewoundMessage(chain: readonly StoredEnvelope[], seen: GitId | null): string {
  const head = chain.at(-1)?.commit;
  const found = head === undefined ? `${LEDGER_REF} was deleted` : `${LEDGER_REF} is at ${head}`;
  return `the ledger was rewound: ${found}, which does not descend from ${seen ?? ''}, the newest entry that Trainyard has seen`;
}
