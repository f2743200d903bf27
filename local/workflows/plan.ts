import { WorkflowError } from './errors.ts';
import type { Commit, Sources } from './host.ts';
import { checkCall } from './inputs.ts';
import { loadWorkflow } from './load.ts';
import {
  DEFAULT_PERMISSIONS,
  describeAllowed,
  exceedingPermissions,
  type Permissions,
  withoutWrite,
} from './permissions.ts';
import { isMap } from './values.ts';
import { type CallJob, type Job, MAX_CALL_DEPTH, MAX_CALLED_WORKFLOWS, type Workflow } from './workflow.ts';

/** A workflow file at a commit, with the workflows that its jobs call. */
export interface Plan {
  readonly workflow: Workflow;
  readonly commit: Commit;
  /** The permissions of each job, by its id. */
  readonly permissions: ReadonlyMap<string, Permissions>;
  /** The called workflow of each job that calls one. */
  readonly calls: ReadonlyMap<string, Plan>;
}

interface Planning {
  readonly sources: Sources;
  /** Unique workflow files so far. */
  readonly seen: Set<string>;
}

/**
 * Reads a workflow and all that it calls, and holds them to GitHub's rules for the start of a run.
 * @param fork the run is for a pull request from a fork: nothing may be written.
 * @throws WorkflowError whose message the run shows as its startup failure.
 */
export async function planRun(sources: Sources, commit: Commit, path: string, fork: boolean): Promise<Plan> {
  const planning = { sources, seen: new Set<string>() };
  const workflow = await readWorkflow(planning, commit, path);
  const base = fork ? withoutWrite(DEFAULT_PERMISSIONS) : DEFAULT_PERMISSIONS;
  const limit = (permissions: Permissions): Permissions => (fork ? withoutWrite(permissions) : permissions);
  const permissions = new Map<string, Permissions>();
  for (const [id, job] of workflow.jobs) permissions.set(id, limit(job.permissions ?? workflow.permissions ?? base));
  return { workflow, commit, permissions, calls: await planCalls(planning, workflow, commit, permissions, 1) };
}

async function planCalls(
  planning: Planning,
  workflow: Workflow,
  commit: Commit,
  permissions: ReadonlyMap<string, Permissions>,
  depth: number,
): Promise<Map<string, Plan>> {
  refuseCycles(workflow);
  const calls = new Map<string, Plan>();
  for (const [id, job] of workflow.jobs) {
    if (job.kind === 'call')
      calls.set(id, await planCall(planning, workflow, commit, job, permissions.get(id) ?? {}, depth));
  }
  return calls;
}

async function planCall(
  planning: Planning,
  caller: Workflow,
  from: Commit,
  job: CallJob,
  cap: Permissions,
  depth: number,
): Promise<Plan> {
  const where = `${caller.path} (Line: ${job.line}, Col: 3)`;
  const fail = (code: WorkflowError['code'], message: string): never => {
    throw new WorkflowError(code, `${where}: error calling workflow '${job.uses}'. ${message}`);
  };
  if (depth >= MAX_CALL_DEPTH) fail('limit_exceeded', `Workflows may be nested ${MAX_CALL_DEPTH} levels deep at most.`);
  const target = await resolveCall(planning.sources, job.uses, from, fail);
  planning.seen.add(`${target.commit.repository}@${target.commit.sha}:${target.path}`);
  if (planning.seen.size > MAX_CALLED_WORKFLOWS)
    fail('limit_exceeded', `A run may call ${MAX_CALLED_WORKFLOWS} workflows at most.`);
  const workflow = await readWorkflow(planning, target.commit, target.path);
  if (workflow.on['workflow_call'] === undefined)
    fail('invalid_workflow', "The workflow has no 'workflow_call' trigger.");
  const given = isMap(job.with) ? Object.keys(job.with) : [];
  const [problem] = checkCall(workflow, given, job.secrets === 'inherit' ? 'inherit' : Object.keys(job.secrets));
  if (problem !== undefined) fail('invalid_input', problem);
  const permissions = calledPermissions(workflow, cap, fail);
  return {
    workflow,
    commit: target.commit,
    permissions,
    calls: await planCalls(planning, workflow, target.commit, permissions, depth + 1),
  };
}

/** A called workflow gets what its caller's job holds, or less. Asking for more fails the run, as on GitHub. */
function calledPermissions(
  workflow: Workflow,
  cap: Permissions,
  fail: (code: 'permission_exceeded', message: string) => never,
): Map<string, Permissions> {
  const check = (who: string, asked: Permissions | undefined): void => {
    if (asked === undefined) return;
    const exceeding = exceedingPermissions(asked, cap);
    if (exceeding.length === 0) return;
    const allowed = describeAllowed(asked, cap);
    fail('permission_exceeded', `${who} is requesting '${exceeding.join(', ')}', but is only allowed '${allowed}'.`);
  };
  check('The workflow', workflow.permissions);
  const permissions = new Map<string, Permissions>();
  for (const [id, job] of workflow.jobs) {
    check(`The nested job '${id}'`, job.permissions);
    permissions.set(id, job.permissions ?? workflow.permissions ?? cap);
  }
  return permissions;
}

async function readWorkflow(planning: Planning, commit: Commit, path: string): Promise<Workflow> {
  const content = await planning.sources.read(commit, path);
  if (content === undefined) {
    throw new WorkflowError('not_found', `workflow was not found: ${commit.repository}/${path}@${commit.ref}`);
  }
  return loadWorkflow(path, content);
}

async function resolveCall(
  sources: Sources,
  uses: string,
  from: Commit,
  fail: (code: WorkflowError['code'], message: string) => never,
): Promise<{ commit: Commit; path: string }> {
  const relative = /^[.$]\/(\.github\/workflows\/[^/]+\.ya?ml)$/.exec(uses)?.[1];
  if (relative !== undefined) return { commit: from, path: relative };
  const remote = /^([^/@\s]+\/[^/@\s]+)\/(\.github\/workflows\/[^/@]+\.ya?ml)@(\S+)$/.exec(uses);
  const [, repository, path, ref] = remote ?? [];
  if (repository === undefined || path === undefined || ref === undefined) {
    return fail(
      'invalid_workflow',
      'Expected {owner}/{repo}/.github/workflows/{file}@{ref}, ./.github/workflows/{file} or $/.github/workflows/{file}.',
    );
  }
  const commit = await sources.resolve(repository, ref, from.repository);
  return commit === undefined
    ? fail('not_found', `Expected a repository and ref that ${from.repository} may read, found none.`)
    : { commit, path };
}

function refuseCycles(workflow: Workflow): void {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (done.has(id)) return;
    if (path.includes(id)) {
      throw new WorkflowError(
        'invalid_workflow',
        `${workflow.path}: the jobs ${[...path, id].join(' → ')} need each other`,
      );
    }
    const job: Job | undefined = workflow.jobs.get(id);
    if (job === undefined)
      throw new WorkflowError(
        'invalid_workflow',
        `${workflow.path}: job '${path.at(-1)}' depends on unknown job '${id}'.`,
      );
    for (const need of job.needs) visit(need, [...path, id]);
    done.add(id);
  };
  for (const id of workflow.jobs.keys()) visit(id, []);
}
