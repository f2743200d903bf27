import type { LocalGitHub } from '../github.ts';
import type { Repository } from '../repositories/repository.ts';
import { WorkflowError } from '../workflows/errors.ts';
import { loadWorkflow } from '../workflows/load.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { readFileAt, workflowFiles } from './sources.ts';
import { TRIGGERS } from './triggers.ts';

export interface LoadedWorkflow {
  readonly path: string;
  /** Or why the file is no workflow. */
  readonly workflow: Workflow | WorkflowError;
}

const MAX_ENTRIES = 500;

/** Parsed workflow files by path and blob id: every event looks at all of them. */
export class WorkflowCache {
  readonly #github: LocalGitHub;
  readonly #known = new Map<string, Workflow | WorkflowError>();

  constructor(github: LocalGitHub) {
    this.#github = github;
  }

  /** All workflow files of a commit. */
  async at(repository: Repository, sha: string): Promise<LoadedWorkflow[]> {
    const files = await workflowFiles(this.#github, repository, sha);
    return Promise.all(
      files.map(async ({ path, blob }) => ({ path, workflow: await this.#load(repository, sha, path, blob) })),
    );
  }

  #tellUnknownTriggers(workflow: Workflow): void {
    const unknown = Object.keys(workflow.on).filter((event) => !TRIGGERS.has(event));
    if (unknown.length > 0)
      this.#github.log(`${workflow.path}: the local GitHub starts no workflow for ${unknown.join(', ')}`);
  }

  async #load(repository: Repository, sha: string, path: string, blob: string): Promise<Workflow | WorkflowError> {
    const key = `${path} ${blob}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const content = await readFileAt(this.#github, repository, sha, path);
    const loaded = await loadWorkflow(path, content ?? '').catch((error: unknown) => {
      if (error instanceof WorkflowError) return error;
      throw error;
    });
    if (this.#known.size >= MAX_ENTRIES) this.#known.clear();
    this.#known.set(key, loaded);
    if (!(loaded instanceof WorkflowError)) this.#tellUnknownTriggers(loaded);
    return loaded;
  }
}
