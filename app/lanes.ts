import type { Pool } from 'pg';
import type { RunRecord } from '../core/ledger/run.ts';
import { type RepositoryName, RunId } from '../core/names.ts';
import { pullRequestAt, runLane } from './database/runs.ts';
import type { Lane } from './deliveries/delivery.ts';

/** The name of a lane: all that touches one pull request shares one, all else of the repository another. */
export async function laneOf(pool: Pool, repository: RepositoryName, lane: Lane): Promise<string> {
  switch (lane.kind) {
    case 'pull_request':
      return pullRequestLane(repository, lane.number);
    case 'run': {
      const run = RunId.safeParse(/\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/.exec(lane.title)?.[0]);
      if (run.success) return (await runLane(pool, repository, run.data))?.lane ?? repository;
      const sha = /\b([0-9a-f]{64}|[0-9a-f]{40})\b/.exec(lane.title)?.[0];
      return sha === undefined ? repository : laneOf(pool, repository, { kind: 'commit', sha });
    }
    case 'commit': {
      const number = await pullRequestAt(pool, repository, lane.sha);
      return number === null ? repository : pullRequestLane(repository, number);
    }
    case 'repository':
      return repository;
  }
}

export function laneOfRun(record: RunRecord): string {
  const { repository, origin } = record;
  return origin.kind === 'pull_request' ? pullRequestLane(repository, origin.number) : repository;
}

function pullRequestLane(repository: RepositoryName, number: number): string {
  return `${repository}#${number}`;
}
