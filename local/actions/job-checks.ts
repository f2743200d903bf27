import { type Cause, createCheckRun, updateCheckRun } from '../checks/checks.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import type { Annotation, Conclusion } from '../workflows/host.ts';
import { currentAttempt, type Job, type Run } from './tables.ts';
import { runPageUrl } from './views.ts';

/** Where an annotation without a file belongs, as on GitHub. */
const NO_FILE = '.github';

/** Shows jobs as check runs of the App `github-actions`. A job and its check run share their id, as on GitHub. */
export class JobChecks {
  readonly #github: LocalGitHub;

  constructor(github: LocalGitHub) {
    this.#github = github;
  }

  /** @returns the id for the job. */
  create(repository: Repository, run: Run, name: string): number {
    const app = this.#github.tables.apps.find({ slug: 'github-actions' });
    if (app === undefined) throw new Error('expected the App github-actions, found none');
    const check = createCheckRun(
      this.#github,
      repository,
      app.id,
      run.headSha,
      { name, status: 'queued' },
      this.#cause(run),
    );
    const page = `${runPageUrl(this.#github, repository, run.id)}/job/${check.id}`;
    this.#github.tables.checkRuns.update(check.id, { detailsUrl: page, externalId: currentAttempt(run).backendId });
    return check.id;
  }

  started(repository: Repository, run: Run, job: Job): void {
    this.#update(repository, run, job, null);
  }

  completed(repository: Repository, run: Run, job: Job): void {
    this.#update(repository, run, job, job.conclusion);
  }

  annotate(jobId: number, annotation: Annotation): void {
    const line = annotation.startLine ?? 1;
    this.#github.tables.annotations.insert({
      checkRunId: jobId,
      path: annotation.path ?? NO_FILE,
      startLine: line,
      endLine: annotation.endLine ?? line,
      startColumn: annotation.startColumn ?? null,
      endColumn: annotation.endColumn ?? null,
      level: annotation.level,
      message: annotation.message,
      title: annotation.title ?? null,
      rawDetails: null,
    });
  }

  #update(repository: Repository, run: Run, job: Job, conclusion: Conclusion | null): void {
    const check = this.#github.tables.checkRuns.get(job.id);
    if (check === undefined) return;
    const at = job.startedAt === null ? {} : { startedAt: job.startedAt };
    const fields = conclusion === null ? { status: 'in_progress' as const, ...at } : { conclusion, ...at };
    updateCheckRun(this.#github, repository, check, fields, this.#cause(run));
  }

  /** What Actions does to its checks starts no workflows. */
  #cause(run: Run): Cause {
    const account = this.#github.tables.accounts.get(currentAttempt(run).triggeringActorId);
    if (account === undefined) throw new Error(`run ${run.id} has lost its actor`);
    return { account, byJob: true };
  }
}
