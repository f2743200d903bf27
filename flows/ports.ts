import type { RoleName } from '../core/config/policy.ts';
import type { TreeListing } from '../core/fingerprint/manifest.ts';
import type { Envelope } from '../core/ledger/entry.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { GitId, Instant, RepoPath, RepositoryName, RunId, Sha256 } from '../core/names.ts';
import type { Compute } from './engine-port.ts';
import type { InFlight, Late } from './in-flight.ts';
import type { EphemeralRunners } from './runner-port.ts';
import type { Sweeps } from './sweeps-port.ts';
import type { Tracker } from './tracker-port.ts';
import type { Workflows } from './workflows-port.ts';

export * from './engine-port.ts';
export * from './in-flight.ts';
export * from './port-error.ts';
export * from './runner-port.ts';
export * from './sweeps-port.ts';
export type * from './tracker-port.ts';
export * from './workflows-port.ts';

/**
 * The narrow interfaces through which flows touch the world. All are bound to one repository at composition. Reads
 * throw PortError when the API fails (fail closed); "not there" is `null`. Every effect looks itself up by its own mark
 * before it is repeated, so each method here may safely be called twice.
 */

/**
 * Runs a named step once per flow execution: a durable engine records its outcome, an action or the CLI runs it
 * directly. What a step returns is recorded as JSON, so it must be plain data: no Map, Date, class or bytes.
 */
export interface Steps {
  run<T>(name: string, action: () => Promise<T>): Promise<T>;
}

export interface Clock {
  now(): Date;
}

export interface SourceHost {
  repository(): Promise<{ readonly name: RepositoryName; readonly defaultBranch: string; readonly url: string }>;
  branchHead(branch: string): Promise<GitId | null>;
  tree(commit: GitId): Promise<TreeListing>;
  /** The blob at the path, null when absent. @throws PortError `too_large` over maxBytes. */
  file(commit: GitId, path: RepoPath | string, maxBytes: number): Promise<Uint8Array | null>;
  mergeBase(base: GitId, head: GitId): Promise<GitId>;
}

export interface PullRequest {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
  readonly title: string;
  readonly author: string;
  readonly head: { readonly sha: GitId; readonly ref: string; readonly repository: string | null };
  readonly base: { readonly ref: string; readonly sha: GitId };
  readonly fork: boolean;
  readonly labels: readonly string[];
  /** Open: GitHub's preview merge (null while unknown or in conflict). Merged: the commit on the base branch. */
  readonly mergeCommit: GitId | null;
  readonly mergeable: boolean | null;
  readonly updatedAt: Instant;
  readonly url: string;
}

export interface PullRequests {
  get(number: number): Promise<PullRequest>;
  /**
   * As this flow has read it within the last seconds, else read anew. For what is shown only: what changes meanwhile is
   * told by a delivery of its own, while a decision needs what `get` says now.
   */
  recent(number: number): Promise<PullRequest>;
  /** Numbers of pull requests, open or not, whose head this is. */
  withHead(sha: GitId): Promise<readonly number[]>;
  listOpen(): Promise<readonly PullRequest[]>;
  /** The pull request whose merge made this commit, null for a direct push. */
  mergedAs(commit: GitId): Promise<PullRequest | null>;
}

/** One submitted review. */
export interface Review {
  readonly user: string;
  readonly userType: 'User' | 'Bot' | 'Other';
  readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed' | 'pending';
  /** The head when it was given; null when GitHub no longer knows it. */
  readonly commit: GitId | null;
  readonly at: Instant;
}

export interface Reviews {
  /** The oldest first, all of them. @throws PortError `too_large` */
  list(pullRequest: number): Promise<readonly Review[]>;
}

export interface Comment {
  readonly id: number;
  readonly pullRequest: number | null;
  readonly body: string;
  readonly author: string;
  readonly authorType: 'User' | 'Bot' | 'Other';
  /** GitHub's numeric id: logins change hands, ids don't. Null for an account that is gone. */
  readonly authorId: number | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface Comments {
  get(id: number): Promise<Comment | null>;
  react(id: number, reaction: 'eyes' | 'rocket' | '+1' | '-1' | 'confused'): Promise<void>;
  /** Edits our comment that starts with the marker, or writes it. No request when the body is unchanged. */
  putSticky(pullRequest: number, marker: string, body: string): Promise<{ readonly id: number; readonly url: string }>;
}

export interface CheckAnnotation {
  readonly path: string;
  readonly line: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}

export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'action_required'
  | 'timed_out'
  | 'skipped';

export interface Check {
  readonly name: string;
  readonly sha: GitId;
  /** Our mark: one check per (sha, name, externalId). */
  readonly externalId: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  /** Set exactly when completed. */
  readonly conclusion?: CheckConclusion;
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  /** All of them: the adapter sends 50 a request. */
  readonly annotations?: readonly CheckAnnotation[];
  readonly actions?: readonly { readonly label: string; readonly description: string; readonly identifier: string }[];
  readonly detailsUrl?: string;
}

export interface Checks {
  put(check: Check): Promise<void>;
}

export interface Permissions {
  role(login: string): Promise<RoleName | 'none'>;
  inTeam(team: string, login: string): Promise<boolean>;
}

export interface StoredEnvelope {
  readonly commit: GitId;
  readonly envelope: Uint8Array;
}

/** Refs under refs/trainyard/ whose commits each hold one envelope; they move by compare-and-swap, never by force. */
export interface LedgerStore {
  head(ref: string): Promise<StoredEnvelope | null>;
  /** The envelope in one commit of such a ref; empty when it holds none. */
  envelope(commit: GitId): Promise<Uint8Array>;
  /**
   * Oldest first.
   * @param how `newest`: no more than so many, from the end. `fresh`: as the server has it now, whatever was read before
   */
  chain(ref: string, how?: { readonly newest?: number; readonly fresh?: boolean }): Promise<readonly StoredEnvelope[]>;
  /** `conflict` when the ref is no longer at `parent` (null: must not exist). */
  append(ref: string, parent: GitId | null, envelope: Uint8Array, message: string): Promise<GitId | 'conflict'>;
  runs(): Promise<readonly { readonly run: RunId; readonly commit: GitId }[]>;
}

export interface Tag {
  readonly name: string;
  readonly annotated: boolean;
  /** The commit that it points at in the end. */
  readonly target: GitId;
  readonly message: string;
}

export interface Tags {
  /** Tags whose name starts with the prefix. */
  list(prefix: string): Promise<readonly Tag[]>;
  /** Creates an annotated tag; nothing when an equal one exists. @throws PortError `exists_otherwise` */
  create(tag: { readonly name: string; readonly target: GitId; readonly message: string }): Promise<void>;
}

export interface Deployments {
  /** One deployment per mark (kept in its payload). Status `success` is set once. */
  ensure(deployment: {
    readonly mark: string;
    readonly environment: string;
    readonly ref: string;
    readonly description: string;
    readonly payload: Readonly<Record<string, string>>;
    readonly url?: string;
  }): Promise<{ readonly id: number }>;
  /** Marks and payloads of this repository's Trainyard deployments, newest first. */
  list(
    environment: string,
  ): Promise<readonly { readonly id: number; readonly payload: Readonly<Record<string, string>> }[]>;
}

export interface Releases {
  /** One release per tag, with these assets (uploaded when missing or of another size). */
  ensure(release: {
    readonly tag: string;
    readonly name: string;
    readonly body: string;
    readonly assets: readonly { readonly name: string; readonly contentType: string; readonly bytes: Uint8Array }[];
  }): Promise<{ readonly url: string }>;
  /** The bytes of one asset of a tag's release, whoever uploaded them; null when it is not there. @throws PortError `too_large` */
  asset(tag: string, name: string, maxBytes: number): Promise<Uint8Array | null>;
}

export interface Issues {
  /** Opens, edits or closes the one issue that carries the marker. */
  put(issue: {
    readonly marker: string;
    readonly title: string;
    readonly body: string;
    readonly open: boolean;
  }): Promise<void>;
}

/** Images for comments: committed under refs/trainyard/reports/, so nothing leaves the repository (invariant 11). */
export interface ReportImages {
  put(name: string, svg: string): Promise<{ readonly url: string }>;
}

/**
 * One at a time per key, in all processes that share a database. Two flows that show the same pull request must not overlap: what the one
 * read earlier would be written over what the other read later, and each would find no comment and write one.
 */
export interface Turns {
  take<T>(key: string, action: () => Promise<T>): Promise<T>;
}

/** Signs in process; the key never leaves the adapter. */
export interface Signer {
  readonly keyid: Sha256;
  sign(statement: Uint8Array): Promise<Envelope>;
}

/** Executes training as a workflow job (DESIGN section 4, `runner`); all other engines are Ports.compute. Idempotent by run id. */
export interface Engine {
  /** Whether a run whose runner was lost can be submitted again. */
  readonly furtherAttempts?: true;
  submit(record: RunRecord): Promise<{ readonly workflowRun: number }>;
  /** Asks for the end; `gone` only when the compute is confirmed released. */
  cancel(workflowRun: number): Promise<'gone' | 'stopping'>;
}

export interface Ports {
  readonly steps: Steps;
  readonly clock: Clock;
  readonly source: SourceHost;
  readonly pulls: PullRequests;
  readonly reviews: Reviews;
  readonly comments: Comments;
  readonly checks: Checks;
  readonly permissions: Permissions;
  readonly workflows: Workflows;
  readonly ledger: LedgerStore;
  readonly tags: Tags;
  readonly deployments: Deployments;
  readonly releases: Releases;
  readonly issues: Issues;
  readonly images: ReportImages;
  readonly sweeps: Sweeps;
  readonly turns: Turns;
  readonly signer: Signer;
  readonly inFlight: InFlight;
  readonly engine: Engine;
  /** Engines beyond GitHub's jobs, and the team's store; absent in jobs, which hold no credentials for them. */
  readonly compute?: Compute;
  /** Absent where the App was given no tracking server, and in jobs. */
  readonly tracker?: Tracker;
  /** Absent where the App was given no provider of runners, and in jobs. */
  readonly runners?: EphemeralRunners;
  /** True in jobs: forks are never trained there, and `ready` is advisory. */
  readonly withoutApp?: boolean;
  /** Set when what is handled now could not be handled when it came in. */
  readonly late?: Late;
  /** Our own login, e.g. `trainyard[bot]`: comments by it are ours, commands by it are ignored. */
  readonly self: string;
}
