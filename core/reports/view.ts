/**
 * What reports show, as plain data. Every string may be attacker-controlled unless its comment says that it is markdown
 * or a URL of ours; the renderers escape. Nothing here is formatted yet: numbers are numbers, times are ISO 8601.
 */

/** `success` and `failure` are verdicts; `attention` asks a person for something. */
export type Mood = 'success' | 'failure' | 'running' | 'attention' | 'neutral';

export interface Headline {
  readonly mood: Mood;
  /** One line: the verdict first. */
  readonly text: string;
}

export interface PlanModelView {
  readonly model: string;
  readonly affected: boolean;
  /** Changed inputs, in words: "src/features/time.py changed". Empty where not affected. */
  readonly changes: readonly string[];
  /** Stages that a merge would promote to, the first one first. */
  readonly stages: readonly string[];
  /** What training is likely to take; null where nothing is known of it. */
  readonly estimate: EstimateView | null;
  /** What a person should type next, such as "/train flight-delay"; null where nothing is to be done. */
  readonly command: string | null;
}

/** Costs as text, such as "0.60 USD"; null where policy names no price. */
export type EstimateView =
  | {
      readonly from: 'past';
      readonly runs: number;
      readonly seconds: { readonly low: number; readonly middle: number; readonly high: number };
      readonly cost: { readonly low: string; readonly middle: string; readonly high: string } | null;
    }
  /** Without a past run: its time limit, and what that would come to. */
  | { readonly from: 'limit'; readonly seconds: number; readonly cost: string | null };

export interface PolicyChangeView {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

export interface PlanView {
  /** `error` and `truncated` are red, whatever models say. */
  readonly status: 'complete' | 'truncated' | 'error';
  /** Why it is not complete; null otherwise. */
  readonly problem: string | null;
  readonly models: readonly PlanModelView[];
  readonly policyChanges: readonly PolicyChangeView[];
  /** What is no policy and reviewers should see all the same: narrowed inputs, data that lies elsewhere. */
  readonly noticed?: readonly PolicyChangeView[];
  readonly datasets: readonly string[];
}

export interface FindingView {
  readonly severity: 'warn' | 'fail';
  readonly rule: string;
  readonly file: string;
  readonly line: number | null;
  readonly column: string | null;
  readonly message: string;
  /** Address of the line on the server; null where there is none. */
  readonly url: string | null;
}

export interface DatasetView {
  readonly dataset: string;
  readonly status: 'passed' | 'failed' | 'not_checked' | 'running';
  readonly reason: string | null;
  readonly rows: number | null;
  readonly findings: readonly FindingView[];
  /** All findings, also those that were cut. */
  readonly total: number;
  /** What the head's contract accepts and the base's refuses. */
  readonly loosenings: readonly string[];
  readonly checkUrl: string | null;
}

export interface MetricRowView {
  readonly metric: string;
  readonly value: number | null;
  /** The same metric of the version compared with. */
  readonly reference: number | null;
  readonly better: 'higher' | 'lower' | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Null where no gate reads the metric. */
  readonly gate: {
    readonly verdict: 'pass' | 'fail' | 'missing' | 'first_version';
    readonly explanation: string;
  } | null;
}

export interface ParameterView {
  readonly name: string;
  readonly value: string;
  /** The committed default where it differs; a merge would then be trained with another value. */
  readonly committed: string | null;
}

export interface StepPoint {
  readonly step: number;
  readonly value: number;
}

/** One curve of step metrics, in the order of steps. */
export interface CurveView {
  readonly metric: string;
  readonly points: readonly StepPoint[];
}

/** Where a further attempt at a run's training went on, after a machine was lost. */
export interface AttemptView {
  readonly attempt: number;
  readonly step: number;
}

export interface ArtifactFindingView {
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  readonly rule: string;
  readonly file: string;
  /** In bytes, in the file. */
  readonly offset?: number | undefined;
  readonly message: string;
  /** The very thing that was found. */
  readonly evidence?: string | undefined;
  readonly fix: string;
}

export interface WaivedFindingView {
  readonly rule: string;
  readonly file: string;
  readonly owner: string;
  readonly reason: string;
  /** The last day on which it holds, as `YYYY-MM-DD`. */
  readonly until: string;
}

export interface EvidenceView {
  readonly source: string;
  readonly request: string;
  readonly policyDigest: string;
  /** SHA-256 of the signed envelope, and where to read it. */
  readonly envelope: string | null;
  readonly url: string | null;
  readonly package: string | null;
  readonly sandbox: string | null;
  readonly network: string;
  /** Seed, packages, machine: what it was trained with, in words; null where nobody said. */
  readonly trainedWith?: string | null;
  /** What its training has cost, or by its time limit may cost; null where policy named no price. */
  readonly cost?: string | null;
  /** Who let it through although a gate failed, and why, in words. */
  readonly overrides?: readonly string[];
}

export interface RunView {
  readonly model: string;
  readonly run: string;
  readonly commit: string;
  readonly state:
    | 'accepted'
    | 'training'
    | 'judging'
    | 'candidate'
    | 'overridden'
    | 'held'
    | 'failed'
    | 'cancelled'
    | 'stale';
  /** On a compute engine that has no machine for it yet. */
  readonly waiting?: boolean;
  /** Why it is held, failed or stale, in words; while it goes on, where it is. */
  readonly reasons: readonly string[];
  /** How its training on a compute engine went on after a lost machine, and what of a checkpoint went wrong, in words. */
  readonly notes?: readonly string[];
  /** This run was found by its fingerprint, not trained again. */
  readonly reused: boolean;
  readonly requestedBy: string;
  /** Of the version compared with, such as "v1.0.0 in production"; null for a first version. */
  readonly comparedWith: string | null;
  readonly metrics: readonly MetricRowView[];
  /** `self-reported` where policy lets gates read what training says of itself. */
  readonly judgedBy: 'evaluated' | 'self-reported';
  readonly selfReported: readonly { readonly metric: string; readonly value: number }[];
  readonly parameters: readonly ParameterView[];
  readonly findings: readonly ArtifactFindingView[];
  /** Findings that policy waived, and who answers for that until when. */
  readonly waived?: readonly WaivedFindingView[];
  /** Address of an image on the server that hosts the comment. */
  readonly chartUrl: string | null;
  /** Addresses of the workflow runs, with their names. */
  readonly links: readonly { readonly text: string; readonly url: string }[];
  readonly seconds: number | null;
  /** For a run that was trained to reproduce another one, once it is judged. */
  readonly reproduction?: ReproductionView | null;
  readonly evidence: EvidenceView | null;
}

export interface ReproductionView {
  readonly of: string;
  readonly kind: 'equal' | 'differs' | 'unknown';
  /** What differs, or why nothing could be compared. */
  readonly lines: readonly string[];
}

export interface NoticeView {
  readonly kind: 'answered' | 'refused';
  /** The command's line as typed; empty when it answers none. */
  readonly command: string;
  readonly by: string;
  readonly message: string;
  readonly at: string;
}

/** The one sticky comment of a pull request. */
export interface CommentView {
  readonly headline: Headline;
  readonly head: string;
  readonly plan: PlanView | null;
  readonly data: readonly DatasetView[];
  /** The newest run of each model first. */
  readonly runs: readonly RunView[];
  /** The newest first. */
  readonly notices: readonly NoticeView[];
  /** What people hold back, and gates that they have overridden: one sentence each. */
  readonly standing?: readonly string[];
  /** What training has cost: of this pull request, and of the month by model. Empty where policy names no price. */
  readonly spending?: readonly SpendingRowView[];
  /** What to do next: words, and a command to type where there is one. */
  readonly next: readonly { readonly text: string; readonly command: string | null }[];
}

export interface SpendingRowView {
  readonly what: string;
  readonly runs: number;
  /** "12.50 EUR", or "at least 12.50 EUR" where runs without a price are among them. */
  readonly cost: string;
  /** Of the budget that it counts against, as text; null where there is none. */
  readonly budget: string | null;
}

/** Live progress of one run, for its check. */
export interface TrainCheckView {
  readonly run: RunView;
  readonly curves: readonly CurveView[];
  /** In the order of attempts, the first left out. */
  readonly attempts?: readonly AttemptView[];
  /** Seconds since the run was accepted. */
  readonly elapsed: number;
}

export interface ReadyCheckView {
  readonly headline: Headline;
  readonly models: readonly {
    readonly model: string;
    readonly mood: Mood;
    readonly message: string;
    readonly command: string | null;
  }[];
  /** Numbers of the open pull requests with this head that were judged together. */
  readonly pullRequests: readonly number[];
}

/** What a check run shows. `annotations` are bounded in number by the caller's requests (50 each). */
export interface CheckOutput {
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly annotations: readonly CheckAnnotation[];
}

export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}
