import { z } from 'zod';
import { RunId } from '../../core/names.ts';
import { ulidTime } from '../../core/ulid.ts';
import { PortError } from '../../flows/ports.ts';
import type { Api } from './api.ts';
import type { Effects } from './effects.ts';
import { statusOf } from './errors.ts';

const Runs = z.object({
  workflow_runs: z.array(
    z.object({
      id: z.int().positive(),
      display_title: z.string(),
      html_url: z.string(),
      actor: z.object({ login: z.string() }).nullish(),
    }),
  ),
});
const Details = z.object({ workflow_run_id: z.int().positive(), html_url: z.string() });

const WORKFLOW = '/repos/{owner}/{repo}/actions/workflows/{workflow_id}';
/** Milliseconds between looks for a run that GitHub took on without naming it. */
const LOOKS = [500, 1000, 2000, 4000];
const PAGES = 3;

export interface Dispatch {
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Occurs as words of the workflow's run-name. */
  readonly mark: string;
  /** Nothing with this mark was asked for before; null where only the mark itself can tell. */
  readonly since: Date | null;
  /** A workflow run with this mark that was lost; it and those before it do not count. 0 for none. */
  readonly after: number;
  readonly branch: string;
  /** Our login: a run that somebody else dispatched carries their inputs, whatever its name says. */
  readonly self: string;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** What we have dispatched; null in a process that remembers nothing, which looks each time. */
  readonly effects: Effects | null;
}

export interface Dispatched {
  readonly id: number;
  readonly url: string;
}

/**
 * Dispatches unless a run of ours with the mark exists. Anybody with write access can dispatch a run with the mark first,
 * and order a judgement to their liking: such a run is passed over. The listing lags behind, so two dispatches remain possible: the older
 * run is the one that counts, and the workflow itself ends the younger one (invariant 8).
 */
export async function dispatchOnce(api: Api, dispatch: Dispatch): Promise<Dispatched> {
  const { effects } = dispatch;
  if (effects === null) return (await oldestWith(api, dispatch)) ?? dispatchAnew(api, dispatch);
  const again = dispatch.after === 0 ? '' : ` after ${dispatch.after}`;
  const mark = `dispatch ${dispatch.workflow} ${dispatch.mark}${again}`;
  const known = await effects.find(mark);
  if (known?.kind === 'made') return { id: known.id, url: known.url };
  const since = dispatch.since ?? timeOf(dispatch.mark);
  const isNew = known === null && since !== null && (await effects.isComplete(since));
  const earlier = isNew ? null : await oldestWith(api, dispatch);
  if (earlier === null) await effects.begin(mark);
  const dispatched = earlier ?? (await dispatchAnew(api, dispatch));
  await effects.made(mark, dispatched);
  return dispatched;
}

/** When the run that a mark names was asked for: nothing with that mark can be older. Null where it names none. */
function timeOf(mark: string): Date | null {
  const run = RunId.safeParse(mark.split(' ').find((word) => RunId.safeParse(word).success));
  return run.success ? new Date(ulidTime(run.data)) : null;
}

async function dispatchAnew(api: Api, dispatch: Dispatch): Promise<Dispatched> {
  const details = await send(api, dispatch);
  if (details !== null) return details;
  for (const milliseconds of LOOKS) {
    await dispatch.wait(milliseconds);
    const run = await oldestWith(api, dispatch);
    if (run !== null) return run;
  }
  throw new PortError(
    'unavailable',
    `${dispatch.workflow}: dispatched, but no run with "${dispatch.mark}" in its name appeared yet; its run-name must hold the mark`,
  );
}

async function oldestWith(api: Api, { workflow, mark, after, branch, self }: Dispatch): Promise<Dispatched | null> {
  let oldest: Dispatched | null = null;
  for (let page = 1; page <= PAGES; page += 1) {
    const parameters = { workflow_id: workflow, event: 'workflow_dispatch', branch, per_page: 100, page };
    const answer = await api.find(`GET ${WORKFLOW}/runs`, parameters, Runs);
    if (answer === null) throw missing(workflow, branch);
    for (const run of answer.workflow_runs) {
      if (run.id <= after || run.actor?.login !== self || !holds(run.display_title, mark)) continue;
      if (oldest === null || run.id < oldest.id) oldest = { id: run.id, url: run.html_url };
    }
    if (answer.workflow_runs.length < 100) break;
  }
  return oldest;
}

/** Null when GitHub took it on without naming the run (204, older servers). */
async function send(api: Api, { workflow, inputs, branch }: Dispatch): Promise<Dispatched | null> {
  const parameters = { workflow_id: workflow, ref: branch, inputs };
  const route = `POST ${WORKFLOW}/dispatches`;
  try {
    const answer = await api.raw(route, { ...parameters, return_run_details: true });
    const details = Details.safeParse(answer.data);
    return details.success ? { id: details.data.workflow_run_id, url: details.data.html_url } : null;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const status = statusOf(error.cause);
    if (status === 404) throw missing(workflow, branch);
    // Older servers refuse the unknown field.
    if (status !== 400) throw error;
    await api.raw(route, parameters);
    return null;
  }
}

/** Whether the mark stands in the title as whole words. */
export function holds(title: string, mark: string): boolean {
  return ` ${title} `.includes(` ${mark} `);
}

function missing(workflow: string, branch: string): PortError {
  return new PortError(
    'not_found',
    `expected the workflow .github/workflows/${workflow} on ${branch}, found none; add it to the default branch`,
  );
}
