import type { Account } from '../accounts/account.ts';
import { webhookPayload } from '../apps/webhooks.ts';
import type { RepositoryEvent } from '../events.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { WorkflowError } from '../workflows/errors.ts';
import { type DispatchInputs, readDispatchInputs } from '../workflows/inputs.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { passesFilters } from './filters.ts';
import { refName } from './github-context.ts';
import { toJsonMap } from './json.ts';
import { startRun } from './runs.ts';
import type { ActionsState } from './state.ts';
import type { Run } from './tables.ts';
import { type EventTrigger, triggersOf } from './triggers.ts';
import type { WorkflowCache } from './workflow-cache.ts';

/** A ref that a workflow is dispatched on, resolved. */
export interface DispatchTarget {
  readonly ref: string;
  readonly sha: string;
}

/** Starts workflows: for events, and when told to. */
export class Dispatcher {
  readonly #github: LocalGitHub;
  readonly #state: ActionsState;
  readonly #cache: WorkflowCache;
  readonly #underWay = new Set<Promise<void>>();

  constructor(state: ActionsState, cache: WorkflowCache) {
    this.#github = state.github;
    this.#state = state;
    this.#cache = cache;
  }

  /** A listener of the server's events. */
  onEvent(event: RepositoryEvent): void {
    // What a job's token causes starts nothing, or workflows could start each other for ever.
    if (event.byJob === true && event.event !== 'repository_dispatch') return;
    if (event.event === 'workflow_run' || event.event === 'workflow_job') return;
    const work = this.#startAll(event).catch((error: unknown) => {
      this.#github.log(
        `the workflows for ${event.event} were not started: ${error instanceof Error ? error.stack : String(error)}`,
      );
    });
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Resolves when the runs of all events so far have been created. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #startAll(event: RepositoryEvent): Promise<void> {
    const { repository } = event;
    const payload = webhookPayload(this.#github, event, undefined);
    for (const trigger of await triggersOf(this.#github, event, payload)) {
      for (const { path, workflow } of await this.#cache.at(repository, trigger.trigger.workflowSha)) {
        if (starts(workflow, trigger)) startRun(this.#state, repository, path, workflow, trigger, event.sender);
      }
    }
  }

  /**
   * `workflow_dispatch`.
   * @throws WorkflowError whose message is that of GitHub's 422.
   */
  async dispatch(
    repository: Repository,
    path: string,
    target: DispatchTarget,
    given: Readonly<Record<string, unknown>>,
    actor: Account,
  ): Promise<Run> {
    const found = (await this.#cache.at(repository, target.sha)).find((candidate) => candidate.path === path);
    if (found === undefined) throw new WorkflowError('not_found', `Workflow ${path} does not exist on ${target.ref}`);
    if (found.workflow instanceof WorkflowError) {
      throw new WorkflowError('invalid_workflow', `failed to parse workflow: ${found.workflow.message}`, {
        cause: found.workflow,
      });
    }
    const inputs = readDispatchInputs(found.workflow, given);
    const event = dispatchTrigger(this.#github, repository, path, target, inputs, actor);
    return startRun(this.#state, repository, path, found.workflow, event, actor);
  }
}

/** A broken file shows itself on a push, as on GitHub; other events pass it by. */
function starts(workflow: Workflow | WorkflowError, trigger: EventTrigger): boolean {
  if (workflow instanceof WorkflowError) return trigger.event === 'push' && trigger.facts.branch !== undefined;
  const filters = workflow.on[trigger.event];
  return filters !== undefined && passesFilters(trigger.event, filters, trigger.facts);
}

function dispatchTrigger(
  github: LocalGitHub,
  repository: Repository,
  path: string,
  target: DispatchTarget,
  inputs: DispatchInputs,
  actor: Account,
): EventTrigger {
  const { ref, sha } = target;
  const event: RepositoryEvent = {
    event: 'workflow_dispatch',
    repository,
    sender: actor,
    payload: { inputs: Object.keys(inputs.texts).length === 0 ? null : inputs.texts, ref, workflow: path },
  };
  return {
    event: 'workflow_dispatch',
    facts: { action: undefined, branch: undefined, tag: undefined, paths: undefined },
    trigger: {
      ref,
      sha,
      headRef: '',
      baseRef: '',
      workflowSha: sha,
      workflowRef: ref,
      fork: false,
      inputs: toJsonMap(inputs.typed),
      payload: toJsonMap(webhookPayload(github, event, undefined)),
    },
    headBranch: refName(ref),
    headSha: sha,
    headRepositoryId: repository.id,
    pullNumbers: [],
    title: '',
  };
}
