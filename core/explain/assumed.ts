import type { ModelsFact } from '../decision/request.ts';
import type { DatasetName, Instant } from '../names.ts';
import { entriesOf } from '../records.ts';
import { PrFile } from './pr-file.ts';

const HOUR = 3_600_000;
const SHA = '1a2b3c4d'.repeat(5);
const AUTHOR = 'somebody-else';

/**
 * A typical open pull request of the same repository, for a rehearsal without facts: its head was pushed an hour ago by
 * somebody else, nobody has reviewed it, every model is affected, nothing is held, locked or spent, no version exists.
 */
export function assumedPr(now: Instant, models: ModelsFact): PrFile {
  const affected = [...models.usable.keys()];
  const datasets = [...models.usable.values()].flatMap(({ config }) =>
    entriesOf(config.data).flatMap(([name, { contract }]) => (contract === undefined ? [] : [name])),
  );
  return PrFile.parse({
    now,
    state: 'open',
    author: AUTHOR,
    head: { sha: SHA, ref: 'change' },
    base: { ref: 'main' },
    fork: false,
    sightings: [{ sha: SHA, at: new Date(Date.parse(now) - HOUR).toISOString(), sender: AUTHOR }],
    reviews: [],
    // Which files a change touches can't be typical: what asks for their owners is refused.
    files: { changed: [], complete: false },
    checks: [],
    plan: { affected, datasets: [...new Set<DatasetName>(datasets)] },
    ledger: {},
    runs: [],
  });
}
