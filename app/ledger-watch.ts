import { Envelope, LEDGER_REF, LedgerEntry, RUN_REF_PREFIX } from '../core/ledger/entry.ts';
import { RunRecord } from '../core/ledger/run.ts';
import type { RepositoryName } from '../core/names.ts';
import type { LedgerStore } from '../flows/ports.ts';
import type { Log } from './log.ts';

/** Hears of what was written to the ledger, once it stands there: for what is counted and told, never for what decides. */
export interface LedgerWatcher {
  run?(repository: RepositoryName, record: RunRecord): Promise<void>;
  entry?(repository: RepositoryName, entry: LedgerEntry): Promise<void>;
}

/**
 * The same ledger, with watchers: the ledger alone says what a run is, and reading all of it to count would cost GitHub
 * requests. A watcher that fails is logged and stops no flow.
 */
export function watchedLedger(
  ledger: LedgerStore,
  repository: RepositoryName,
  watchers: readonly LedgerWatcher[],
  log: Log,
): LedgerStore {
  const tell = async (ref: string, envelope: Uint8Array): Promise<void> => {
    if (ref.startsWith(RUN_REF_PREFIX)) {
      const record = RunRecord.parse(predicateOf(envelope));
      for (const watcher of watchers) await watcher.run?.(repository, record);
    } else if (ref === LEDGER_REF) {
      const entry = LedgerEntry.parse(predicateOf(envelope));
      for (const watcher of watchers) await watcher.entry?.(repository, entry);
    }
  };
  return {
    ...ledger,
    async append(ref, parent, envelope, message) {
      const result = await ledger.append(ref, parent, envelope, message);
      if (result !== 'conflict')
        await tell(ref, envelope).catch((error: unknown) =>
          log.error('what was written to the ledger could not be counted', { repository, error: String(error) }),
        );
      return result;
    },
  };
}

/** We have just signed it: no signature is checked here. */
function predicateOf(bytes: Uint8Array): unknown {
  const envelope = Envelope.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  const statement: unknown = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
  return Object(statement).predicate;
}
