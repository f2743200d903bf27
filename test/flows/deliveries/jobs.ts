import { createHash } from 'node:crypto';
import { ValidationOrder, type ValidationResult } from '../../../core/data/result.ts';
import type { JudgeResult } from '../../../core/evaluation/result.ts';
import { type GitId, Instant, ModelName, RunId, Sha256 } from '../../../core/names.ts';
import { JudgeOrder } from '../../../core/training/request.ts';
import { PortError, type WorkflowArtifact, type WorkflowRun, type Workflows } from '../../../flows/ports.ts';
import { sha256 } from '../../core/samples.ts';

interface Job {
  readonly id: number;
  readonly workflow: string;
  readonly title: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly createdAt: Instant;
  readonly headSha: GitId;
  status: 'queued' | 'completed';
  conclusion: string | null;
  cancelled: boolean;
}

interface Archive extends WorkflowArtifact {
  readonly run: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Workflow runs whose jobs do nothing until they are told how they end. */
export interface TestJobs {
  readonly workflows: Workflows;
  /** Runs that have not ended, the oldest first. */
  running(workflow: 'train' | 'judge' | 'validate'): readonly Job[];
  /** Ends a run as its jobs would; answers the run for the delivery that tells of it. */
  end(job: Job, how: 'success' | 'failure' | 'cancelled', passed?: boolean): void;
  /** All of them, for the end state. */
  all(): readonly Job[];
  /** Forgets a run, as GitHub does when somebody deletes it. */
  remove(id: number): void;
}

export interface JobsOptions {
  readonly now: () => Date;
  readonly head: () => Promise<GitId>;
}

const FILES: Readonly<Record<'train' | 'judge' | 'validate', string>> = {
  train: 'trainyard-train.yml',
  judge: 'trainyard-judge.yml',
  validate: 'trainyard-validate.yml',
};

export function testJobs({ now, head }: JobsOptions): TestJobs {
  const jobs: Job[] = [];
  const archives: Archive[] = [];
  const keep = (run: number, name: string, files: Readonly<Record<string, string | Uint8Array>>): Archive => {
    const bytes = Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const);
    const hash = createHash('sha256');
    for (const [path, content] of bytes) hash.update(`${path}\n`).update(content);
    const digest = Sha256.parse(hash.digest('hex'));
    const archive = { id: 500 + archives.length, name, digest, size: 1, expired: false, run, files: new Map(bytes) };
    archives.push(archive);
    return archive;
  };
  const find = (id: number): Job | undefined => jobs.find((job) => job.id === id);
  const workflows: Workflows = {
    syncExecutionRef: head,
    async dispatch(workflow, inputs, mark) {
      const known = jobs.find((job) => job.workflow === workflow && job.title === mark);
      const id = known?.id ?? 9000 + jobs.length;
      if (known === undefined) {
        const at = Instant.parse(`${now().toISOString().slice(0, 19)}Z`);
        const begun = { id, workflow, title: mark, inputs, createdAt: at, headSha: await head() };
        jobs.push({ ...begun, status: 'queued', conclusion: null, cancelled: false });
      }
      return { id, url: urlOf(id) };
    },
    async run(id) {
      const job = find(id);
      return job === undefined ? null : shown(job);
    },
    jobs: async () => [],
    async cancel(id) {
      const job = find(id);
      if (job !== undefined) job.cancelled = true;
    },
    artifacts: async (run) => archives.filter((archive) => archive.run === run),
    async artifactFiles(id) {
      const archive = archives.find((one) => one.id === id);
      if (archive === undefined) throw new PortError('gone', `artifact ${id} is gone`);
      return archive.files;
    },
    async *artifactFile(id, _digest, name) {
      const file = archives.find((one) => one.id === id)?.files.get(name);
      if (file === undefined) throw new PortError('gone', `artifact ${id} is gone`);
      yield file;
    },
  };
  return {
    workflows,
    running: (kind) => jobs.filter((job) => job.workflow === FILES[kind] && job.status !== 'completed'),
    all: () => jobs,
    remove(id) {
      const index = jobs.findIndex((job) => job.id === id);
      if (index >= 0) jobs.splice(index, 1);
    },
    end(job, how, passed = true) {
      job.status = 'completed';
      job.conclusion = how;
      if (how !== 'success') return;
      if (job.workflow === FILES.train) keep(job.id, 'trainyard-output', { 'model.bin': job.title });
      if (job.workflow === FILES.judge) keepJudgement(job, keep);
      if (job.workflow === FILES.validate) keepValidations(job, passed, keep);
    },
  };
}

type Keep = (run: number, name: string, files: Readonly<Record<string, string | Uint8Array>>) => Archive;

function keepJudgement(job: Job, keep: Keep): void {
  const order = JudgeOrder.parse(JSON.parse(job.inputs['order'] ?? ''));
  const run = RunId.parse(job.inputs['run_id']);
  // By the commit, so that passes whose runs have other ids make equal packages.
  const bytes = Buffer.from(`package of ${job.inputs['commit']}`);
  const archive = keep(job.id, 'package', { 'package.tar': bytes });
  const digest = Sha256.parse(createHash('sha256').update(bytes).digest('hex'));
  const result: JudgeResult = {
    version: 1,
    run,
    model: ModelName.parse(order.model),
    policyCommit: order.policyCommit,
    output: Sha256.parse(job.inputs['artifact_digest']),
    scan: {
      verdict: 'clean',
      files: [{ path: 'model.bin', size: 1, sha256: sha256('model'), format: 'onnx', verdict: 'clean' }],
      findings: [],
    },
    evaluation: { status: 'evaluated', metrics: {}, sandbox: 'namespaces', holdout: {}, seconds: 1 },
    selfReported: null,
    package: {
      sha256: digest,
      size: bytes.length,
      artifact: { id: archive.id, digest: archive.digest ?? digest, runId: job.id },
    },
  };
  keep(job.id, 'trainyard-result', { 'result.json': JSON.stringify(result) });
}

function keepValidations(job: Job, passed: boolean, keep: Keep): void {
  for (const order of ValidationOrder.array().parse(JSON.parse(job.inputs['orders'] ?? ''))) {
    const finding = {
      rule: 'required',
      severity: 'fail',
      file: order.path,
      line: 1,
      column: null,
      message: 'a value is missing',
    } as const;
    const result: ValidationResult = {
      version: 1,
      dataset: order.dataset,
      commit: order.commit,
      status: passed ? 'passed' : 'failed',
      reason: null,
      rows: 1,
      findings: passed ? [] : [finding],
      total: passed ? 0 : 1,
      loosenings: [],
      data: null,
      contracts: [],
      report: null,
    };
    keep(job.id, `trainyard-validation-${order.dataset}`, { 'result.json': JSON.stringify(result) });
  }
}

function urlOf(id: number): string {
  return `https://example.com/actions/runs/${id}`;
}

function shown({ id, title, status, conclusion, workflow, createdAt, headSha }: Job): WorkflowRun {
  const path = `.github/workflows/${workflow}`;
  const where = { path, headBranch: 'trainyard/exec', headSha, title, createdAt, url: urlOf(id) };
  return { id, attempt: 1, status, conclusion, event: 'workflow_dispatch', ...where };
}
