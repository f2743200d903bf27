import type { GitId, Instant, Sha256 } from '../core/names.ts';

export interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly event: string;
  /** `.github/workflows/x.yml` of the caller. */
  readonly path: string;
  readonly headBranch: string | null;
  readonly headSha: GitId;
  readonly title: string;
  readonly createdAt: Instant;
  readonly url: string;
}

export interface WorkflowArtifact {
  readonly id: number;
  readonly name: string;
  readonly digest: Sha256 | null;
  /** Bytes of the archive. */
  readonly size: number;
  readonly expired: boolean;
}

export interface Workflows {
  /** Moves the execution branch to the default branch's head (creates it when absent); returns that commit. */
  syncExecutionRef(): Promise<GitId>;
  /**
   * Dispatches on the execution ref unless a run with this mark in its run-name exists already; returns the oldest one.
   * @param mark occurs in the workflow's `run-name`, e.g. `train 01J…`
   * @param since nothing with this mark was asked for before, so that whoever remembers all since then need not look
   * @param after a workflow run with this mark that was lost: neither it nor any before it counts
   */
  dispatch(
    workflow: string,
    inputs: Readonly<Record<string, string>>,
    mark: string,
    since?: Instant,
    after?: number,
  ): Promise<{ readonly id: number; readonly url: string }>;
  run(id: number): Promise<WorkflowRun | null>;
  jobs(id: number): Promise<
    readonly {
      readonly name: string;
      readonly status: string;
      readonly conclusion: string | null;
      readonly url: string;
    }[]
  >;
  cancel(id: number): Promise<void>;
  artifacts(runId: number): Promise<readonly WorkflowArtifact[]>;
  /**
   * Files of an artifact's archive, after its SHA-256 was compared.
   * @throws PortError `digest_mismatch`, `too_large` (over maxBytes unpacked), `gone`
   */
  artifactFiles(id: number, digest: Sha256, maxBytes: number): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * The only file of an artifact, as it comes, of any size: the SHA-256 of its archive is known, and compared, at its end.
   * @throws PortError `digest_mismatch`, `too_large` (over maxBytes unpacked), `gone`, `malformed`
   */
  artifactFile(id: number, digest: Sha256, name: string, maxBytes: number): AsyncIterable<Uint8Array>;
}
