import type { CommentFact, FACT_NAMES, Facts, PullFact } from '../decision/facts.ts';
import { DatasetName } from '../names.ts';
import { entriesOf } from '../records.ts';
import type { PrFile } from './pr-file.ts';

/** The keys of the file that a fact was looked for under and that are not there; else the fact. */
export type Supplied<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly missing: readonly string[] };

type OnDemand = (typeof FACT_NAMES)[number];
type Suppliers = {
  readonly [N in Exclude<OnDemand, 'actor' | 'plan'>]: (pr: PrFile) => Supplied<NonNullable<Facts[N]>>;
};

const known = <T>(value: T): Supplied<T> => ({ known: true, value });
const unknown = (...missing: string[]): { known: false; missing: string[] } => ({ known: false, missing });

/** From the file to the facts of a decision, one by one. `actor` comes from the call, `plan` needs the configs, too. */
export const SUPPLIERS: Suppliers = {
  pull: pullOf,
  sightings: (pr) => (pr.sightings === undefined ? unknown('sightings') : sightingsOf(pr, pr.sightings)),
  reviews: reviewsOf,
  files: ({ files }) =>
    files === undefined
      ? unknown('files')
      : known({ changed: files.changed, complete: files.complete, codeOwners: files.code_owners }),
  ledger: ({ ledger }) => (ledger === undefined ? unknown('ledger') : known(ledgerOf(ledger))),
  runs: ({ runs }) => (runs === undefined ? unknown('runs') : known(runs.map(runOf))),
  earlier: ({ earlier }) => known(earlier),
  candidates: ({ candidates }) => known(candidates),
  validations: ({ checks }) => (checks === undefined ? unknown('checks') : known(failedDataChecks(checks))),
};

function pullOf(pr: PrFile): Supplied<PullFact> {
  const { author, base, head, state } = pr;
  const fork = forkOf(pr);
  if (state === undefined || author === undefined || head === undefined || base === undefined || fork === undefined) {
    const parts = { state, author, head, base, 'fork or head.repository': fork };
    return unknown(...entriesOf(parts).flatMap(([key, value]) => (value === undefined ? [key] : [])));
  }
  return known({
    number: pr.number,
    state,
    merged: pr.merged,
    author,
    head: { sha: head.sha, ref: head.ref, repository: headRepository(pr) },
    base,
    fork,
    labels: pr.labels,
  });
}

/** Names of repositories are the same in either case. */
function forkOf(pr: PrFile): boolean | undefined {
  if (pr.fork !== undefined || pr.head?.repository === undefined) return pr.fork;
  return pr.head.repository.toLowerCase() !== repositoryOf(pr).toLowerCase();
}

export function repositoryOf({ fork, head, repository }: PrFile): string {
  return repository ?? (fork === false ? head?.repository : undefined) ?? 'example/repository';
}

function headRepository(pr: PrFile): string {
  return pr.head?.repository ?? (pr.fork === true ? 'a-fork/repository' : repositoryOf(pr));
}

function sightingsOf(
  pr: PrFile,
  sightings: NonNullable<PrFile['sightings']>,
): Supplied<NonNullable<Facts['sightings']>> {
  return known(
    sightings.map(({ sha, at, sender, event, head_repository, pull_request }) => ({
      event,
      pullRequest: pull_request ?? pr.number,
      sha,
      headRepository: head_repository ?? headRepository(pr),
      at,
      sender,
    })),
  );
}

const STATES = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
  PENDING: 'pending',
  approved: 'approved',
  changes_requested: 'changes_requested',
  commented: 'commented',
  dismissed: 'dismissed',
  pending: 'pending',
} as const;

function reviewsOf({ reviews }: PrFile): Supplied<NonNullable<Facts['reviews']>> {
  if (reviews === undefined) return unknown('reviews');
  return known(
    reviews.map(({ user, user_type, state, commit_id, submitted_at, role, teams }) => ({
      user,
      userType: user_type,
      state: STATES[state],
      commit: commit_id,
      at: submitted_at,
      // A role that isn't known approves nothing, and blocks.
      ...(role === undefined ? {} : { role }),
      teams,
    })),
  );
}

function ledgerOf(ledger: NonNullable<PrFile['ledger']>): NonNullable<Facts['ledger']> {
  const { trusted, problem, hold, locks, ok_to_train, models } = ledger;
  return {
    trusted,
    problem,
    hold:
      hold === null ? null : { owner: hold.owner, reason: hold.reason, expiresAt: hold.expires_at, operation: null },
    locks: locks.map(({ kind, name, owner, reason, pull_request, expires_at }) => ({
      kind,
      name,
      owner,
      reason,
      pullRequest: pull_request,
      expiresAt: expires_at,
      operation: null,
    })),
    okToTrain: ok_to_train,
    models,
  };
}

function runOf(run: NonNullable<PrFile['runs']>[number]): NonNullable<Facts['runs']>[number] {
  return {
    run: run.run,
    model: run.model,
    pullRequest: run.pull_request,
    commit: run.commit,
    requestedBy: run.requested_by,
    acceptedAt: run.accepted_at,
    state: run.state,
    cost: run.cost,
    failedGates: run.failed_gates,
    heldByOther: run.held_by_other,
    artifactsKept: run.artifacts_kept,
    checkpointsKept: run.checkpoints_kept,
    failedAt: run.failed_at,
    set: run.set,
    gpu: run.gpu,
    engine: run.engine,
    operation: null,
  };
}

function failedDataChecks(checks: NonNullable<PrFile['checks']>): DatasetName[] {
  return checks.flatMap(({ name, conclusion }) => {
    const dataset = DatasetName.safeParse(/^trainyard \/ data: (.*)$/.exec(name)?.[1]);
    return dataset.success && conclusion !== null && conclusion !== 'success' ? [dataset.data] : [];
  });
}

/** @param author the login of the call; `now` the time of the decision */
export function commentOf(
  { comment }: PrFile,
  actor: Pick<CommentFact, 'author' | 'authorType' | 'authorId'>,
  now: CommentFact['createdAt'],
): CommentFact {
  const { kind, id, edited, created_at: createdAt = now } = comment;
  return { kind, id, edited, createdAt, ...actor };
}
