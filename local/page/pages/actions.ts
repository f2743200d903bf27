import { actionsOf } from '../../actions/service.ts';
import { duration, shortSha, size, time } from '../format.ts';
import { type Html, html, path } from '../html.ts';
import { LiveParts } from '../layout.ts';
import { markdown } from '../markdown.ts';
import { Artifact, Job, Run } from '../records.ts';
import { log } from '../views/log.ts';
import { stateIcon, stateOf } from '../views/state.ts';
import { type Answer, numberParam, type PageRoute, type Place, place, type Visit } from '../visit.ts';

function framed(at: Place, title: string, body: Html, live: LiveParts): Answer {
  return {
    kind: 'page',
    title: `${title} · ${at.owner}/${at.name}`,
    body,
    live,
    repository: { owner: at.owner, name: at.name, tab: 'actions' },
  };
}

async function list(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const runs = await visit.client.list(`${at.api}/actions/runs`, Run, 'workflow_runs');
  const rows = runs.map(
    (
      run,
    ) => html`<li>${stateIcon(stateOf(run.status, run.conclusion))}<div><a class="row-title" href="${path(at.owner, at.name, 'actions/runs', run.id)}">${run.display_title}</a>
<div class="muted">${run.name} #${run.run_number} · ${run.event} ${run.actor !== undefined && `by ${run.actor.login}`} · ${time(run.created_at)}</div></div><code class="end">${run.head_branch ?? shortSha(run.head_sha)}</code></li>`,
  );
  const live = new LiveParts();
  const body = html`<h1>Workflow runs</h1>${live.part('runs', rows.length === 0 ? html`<p class="empty">No workflow has run yet.</p>` : html`<ul class="rows">${rows}</ul>`)}`;
  return framed(at, 'Workflow runs', body, live);
}

function steps(job: Job): Html {
  const rows = (job.steps ?? []).map(
    (step) => html`<li>${stateIcon(stateOf(step.status, step.conclusion))}<span>${step.name}</span></li>`,
  );
  return html`<ol class="steps">${rows}</ol>`;
}

/** The log so far. The API refuses that of a running job, as GitHub's does; github.com's own page shows it all the same. */
async function logOf(visit: Visit, at: Place, job: Job): Promise<string | undefined> {
  if (job.status === 'completed') return visit.client.text(`${at.api}/actions/jobs/${job.id}/logs`);
  const text = await actionsOf(visit.github).state.logs.read(job.id);
  return text === '' ? undefined : text;
}

/** What the steps of a job wrote to their summary files. */
function summaries(visit: Visit, job: Job): readonly Html[] {
  const written = actionsOf(visit.github).state.tables.jobs.get(job.id)?.summaries ?? [];
  return written.map((one) => markdown(one.markdown, visit.github.urls.server));
}

async function jobPart(visit: Visit, at: Place, job: Job): Promise<Html> {
  const text = await logOf(visit, at, job);
  const state = stateOf(job.status, job.conclusion);
  const open = state.tone === 'bad' || job.status === 'in_progress';
  const output = text === undefined ? html`<p class="muted note">Nothing yet.</p>` : log(text);
  return html`<details class="check" id="job-${job.id}" data-key="job-${job.id}"${open && html` open`}><summary>${stateIcon(state)}<span class="check-name">${job.name}</span><span class="check-title">${state.label}</span><span class="muted took">${duration(job.started_at, job.completed_at)}</span></summary>
<div class="check-body">${steps(job)}${summaries(visit, job)}<details class="more" data-key="log-${job.id}"${open && html` open`}><summary>Log</summary>${output}</details></div></details>`;
}

function artifactRow(at: Place, run: Run, one: Artifact): Html {
  const address = path(at.owner, at.name, 'actions/runs', run.id, 'artifacts', one.id);
  const name = one.expired
    ? html`${one.name} <span class="badge">expired</span>`
    : html`<a href="${address}">${one.name}</a>`;
  return html`<li><div>${name}<div class="muted mono break">${one.digest}</div></div><span class="muted end">${size(one.size_in_bytes)}</span></li>`;
}

async function show(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const address = `${at.api}/actions/runs/${numberParam(visit, 'id')}`;
  const run = await visit.client.get(address, Run);
  const [jobs, artifacts] = await Promise.all([
    visit.client.list(`${address}/jobs`, Job, 'jobs'),
    visit.client.list(`${address}/artifacts`, Artifact, 'artifacts'),
  ]);
  const parts = await Promise.all(jobs.map((job) => jobPart(visit, at, job)));
  const state = stateOf(run.status, run.conclusion);
  const live = new LiveParts();
  const head = html`<div class="pull-head"><h1>${run.display_title} <span class="faint">#${run.run_number}</span></h1><p>${stateIcon(state)} <strong>${state.label}</strong> · ${run.name} · ${run.event}${run.actor !== undefined && ` by ${run.actor.login}`} · <code class="branch">${run.head_branch}</code> <a class="mono" href="${path(at.owner, at.name, 'commit', run.head_sha)}">${shortSha(run.head_sha)}</a> · ${time(run.created_at)}${(run.run_attempt ?? 1) > 1 && ` · attempt ${run.run_attempt}`}</p></div>`;
  const body = html`${live.part('head', head)}${live.part('jobs', html`<section class="merge-box"><div class="checks">${parts}</div></section>`)}
${live.part('artifacts', html`<section class="panel"><h2>Artifacts</h2>${artifacts.length === 0 ? html`<p class="empty">None.</p>` : html`<ul class="rows small">${artifacts.map((one) => artifactRow(at, run, one))}</ul>`}</section>`)}`;
  return framed(at, run.display_title, body, live);
}

async function artifact(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const id = numberParam(visit, 'artifact');
  const one = await visit.client.get(`${at.api}/actions/artifacts/${id}`, Artifact);
  const body = await visit.client.bytes(`${at.api}/actions/artifacts/${id}/zip`);
  const name = `${one.name.replaceAll(/[^\w.-]/g, '_')}.zip`;
  return {
    kind: 'bytes',
    headers: { 'content-type': 'application/zip', 'content-disposition': `attachment; filename="${name}"` },
    body,
  };
}

function job(visit: Visit): Answer {
  const at = place(visit);
  return {
    kind: 'redirect',
    to: `${path(at.owner, at.name, 'actions/runs', numberParam(visit, 'id'))}#job-${numberParam(visit, 'job')}`,
  };
}

export const actionsRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/{owner}/{repo}/actions', answer: list },
  { method: 'GET', path: '/{owner}/{repo}/actions/runs/{id}', answer: show },
  { method: 'GET', path: '/{owner}/{repo}/actions/runs/{id}/job/{job}', answer: job },
  { method: 'GET', path: '/{owner}/{repo}/actions/runs/{id}/artifacts/{artifact}', answer: artifact },
];
