import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import type { ActionsTables } from './tables.ts';
import { currentAttempt, type Job, type Run } from './tables.ts';
import { jobView, runView, workflowView } from './views.ts';

/**
 * Tells the world about runs and jobs, in the order in which it is asked to. Rows are snapshots: an event shows the
 * state that it reports, however late it is sent.
 */
export class ActionsWebhooks {
  readonly #github: LocalGitHub;
  readonly #tables: ActionsTables;
  #last: Promise<void> = Promise.resolve();

  constructor(github: LocalGitHub, tables: ActionsTables) {
    this.#github = github;
    this.#tables = tables;
  }

  run(repository: Repository, run: Run, action: 'requested' | 'in_progress' | 'completed'): void {
    this.#enqueue(async () => {
      const workflow = this.#tables.workflows.get(run.workflowId);
      const sender = this.#github.tables.accounts.get(currentAttempt(run).triggeringActorId);
      if (sender === undefined || workflow === undefined) return;
      const payload = {
        workflow_run: await runView(this.#github, repository, run),
        workflow: workflowView(this.#github, repository, workflow),
      };
      this.#github.emit({ event: 'workflow_run', action, repository, sender, payload });
    });
  }

  job(repository: Repository, run: Run, job: Job, action: 'queued' | 'in_progress' | 'completed'): void {
    this.#enqueue(async () => {
      const sender = this.#github.tables.accounts.get(currentAttempt(run).triggeringActorId);
      if (sender === undefined) return;
      const payload = { workflow_job: jobView(this.#github, repository, run, job) };
      this.#github.emit({ event: 'workflow_job', action, repository, sender, payload });
    });
  }

  /** Resolves when all events so far have been given to the server. */
  settled(): Promise<void> {
    return this.#last;
  }

  #enqueue(task: () => Promise<void>): void {
    this.#last = this.#last.then(task).catch((error: unknown) => {
      this.#github.log(
        `a webhook of the Actions service was not sent: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
}
