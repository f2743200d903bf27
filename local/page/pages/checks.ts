import { html, path } from '../html.ts';
import { LiveParts } from '../layout.ts';
import { Annotation, CheckRun } from '../records.ts';
import { checkLine, type ShownCheck } from '../views/checks.ts';
import { type Answer, numberParam, type PageRoute, type Place, place, type Visit } from '../visit.ts';
import { returnTo } from './account.ts';
import { actionsOf, requestAction, rerequest } from './check-buttons.ts';

async function withDetails(visit: Visit, at: Place, run: CheckRun): Promise<ShownCheck> {
  const annotations =
    run.output.annotations_count === 0
      ? []
      : await visit.client.list(`${at.api}/check-runs/${run.id}/annotations`, Annotation);
  return { run, annotations, actions: actionsOf(visit, run.id) };
}

/** The newest check of each name on a commit, with annotations and buttons, in the order of their names. */
export async function checksOf(visit: Visit, at: Place, sha: string): Promise<ShownCheck[]> {
  const runs = await visit.client.list(`${at.api}/commits/${sha}/check-runs`, CheckRun, 'check_runs');
  runs.sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(runs.map((run) => withDetails(visit, at, run)));
}

async function show(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const run = await visit.client.get(`${at.api}/check-runs/${numberParam(visit, 'id')}`, CheckRun);
  const check = await withDetails(visit, at, run);
  const live = new LiveParts();
  const checkPlace = {
    owner: at.owner,
    name: at.name,
    server: visit.github.urls.server,
    session: visit.session,
    returnTo: visit.url.pathname,
  };
  const body = html`<h1>${run.name}</h1>${live.part('check', html`<section class="merge-box"><div class="checks">${checkLine(check, checkPlace)}</div></section>`)}`;
  return {
    kind: 'page',
    title: `${run.name} · ${at.owner}/${at.name}`,
    body,
    live,
    repository: { owner: at.owner, name: at.name, tab: 'pulls' },
  };
}

async function press(
  visit: Visit,
  act: (visit: Visit, at: Place, id: number) => void | Promise<void>,
): Promise<Answer> {
  const at = place(visit);
  const id = numberParam(visit, 'id');
  await act(visit, at, id);
  const back = visit.form.get('return_to');
  return { kind: 'redirect', to: back === null ? path(at.owner, at.name, 'runs', id) : returnTo(back) };
}

export const checkRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/{owner}/{repo}/runs/{id}', answer: show },
  { method: 'POST', path: '/{owner}/{repo}/check-runs/{id}/actions', answer: (visit) => press(visit, requestAction) },
  { method: 'POST', path: '/{owner}/{repo}/check-runs/{id}/rerequest', answer: (visit) => press(visit, rerequest) },
];
