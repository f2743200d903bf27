import { canSee } from '../../auth/access.ts';
import { plural, shortSha, time } from '../format.ts';
import { type Html, html, path } from '../html.ts';
import { icon } from '../icons.ts';
import { LiveParts } from '../layout.ts';
import { Deployment, DeploymentStatus, PullItem, Ref, Release } from '../records.ts';
import { pullRow } from '../views/pull.ts';
import { stateIcon, stateOf } from '../views/state.ts';
import { type Answer, actorOf, type PageRoute, type Place, place, type Visit } from '../visit.ts';

function all(visit: Visit): Answer {
  const { tables } = visit.github;
  const seen = tables.repositories.list().filter((one) => canSee(tables, actorOf(visit), one));
  const owner = visit.params['owner'];
  const shown = owner === undefined ? seen : seen.filter((one) => one.owner.toLowerCase() === owner.toLowerCase());
  const rows = shown.map(
    (one) =>
      html`<li>${icon('repository')}<div><a class="row-title" href="${path(one.owner, one.name)}">${one.owner}/${one.name}</a>${one.private && html` <span class="badge">private</span>`}<div class="muted">${one.description ?? 'No description'}</div></div><span class="muted end">pushed ${time(one.pushedAt)}</span></li>`,
  );
  const hidden = tables.repositories.list().length - seen.length;
  const note =
    hidden > 0 &&
    html`<p class="muted">${plural(hidden, 'private repository', 'private repositories')} not shown. Sign in as somebody who may see more.</p>`;
  const body = html`<h1>${owner ?? 'Repositories'}</h1>${rows.length === 0 ? html`<p class="empty">No repositories to show.</p>` : html`<ul class="rows">${rows}</ul>`}${note}`;
  return { kind: 'page', title: 'Local GitHub', body };
}

interface Stage {
  readonly deployment: Deployment;
  readonly status: DeploymentStatus | undefined;
}

/** The newest deployment of each environment with its newest status. */
async function stages({ client }: Visit, at: Place): Promise<Stage[]> {
  const deployments = await client.list(`${at.api}/deployments`, Deployment);
  const newest = new Map<string, Deployment>();
  for (const one of deployments) if (!newest.has(one.environment)) newest.set(one.environment, one);
  return Promise.all(
    [...newest.values()].map(async (deployment) => {
      const statuses = await client.list(`${at.api}/deployments/${deployment.id}/statuses`, DeploymentStatus);
      return { deployment, status: statuses[0] };
    }),
  );
}

const section = (title: string, rows: readonly Html[], none: string): Html =>
  html`<section class="panel"><h2>${title}</h2>${rows.length === 0 ? html`<p class="empty">${none}</p>` : html`<ul class="rows small">${rows}</ul>`}</section>`;

function stageRow({ deployment, status }: Stage, at: Place): Html {
  const state = stateOf(
    status?.state ?? 'queued',
    status === undefined || /^(queued|in_progress|pending)$/.test(status.state) ? null : status.state,
  );
  return html`<li>${stateIcon(state)}<div><strong>${deployment.environment}</strong> <span class="mono">${deployment.ref}</span><div class="muted">${deployment.description ?? status?.description} ${time(status?.created_at ?? deployment.created_at)}</div></div><a class="mono end" href="${path(at.owner, at.name, 'commit', deployment.sha)}">${shortSha(deployment.sha)}</a></li>`;
}

function refRow({ ref, object }: Ref, at: Place): Html {
  const branch = ref.startsWith('refs/heads/');
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  return html`<li>${icon(branch ? 'branch' : 'tag')}<a href="${path(at.owner, at.name, 'tree', name)}">${name}</a><code class="end">${shortSha(object.sha)}</code></li>`;
}

function releaseRow(one: Release, at: Place): Html {
  return html`<li>${icon('rocket')}<a href="${path(at.owner, at.name, 'releases/tag', one.tag_name)}">${one.name ?? one.tag_name}</a><span class="muted end">${time(one.published_at ?? one.created_at)}</span></li>`;
}

async function overview(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const { client } = visit;
  const [pulls, deployed, releases, branches, tags] = await Promise.all([
    client.list(`${at.api}/pulls?state=open`, PullItem),
    stages(visit, at),
    client.list(`${at.api}/releases`, Release),
    client.get(`${at.api}/git/matching-refs/heads/`, Ref.array()),
    client.get(`${at.api}/git/matching-refs/tags/`, Ref.array()),
  ]);
  const live = new LiveParts();
  const panels = html`${section(
    'Open pull requests',
    pulls.map((pull) => pullRow(pull, at)),
    'No open pull requests.',
  )}
${section(
  'Stages',
  deployed.map((one) => stageRow(one, at)),
  'Nothing has been deployed yet.',
)}
${section(
  'Releases',
  releases.slice(0, 10).map((one) => releaseRow(one, at)),
  'No releases yet.',
)}
${section(
  'Branches',
  branches.map((one) => refRow(one, at)),
  'No branches: push the first one.',
)}
${section(
  'Tags',
  tags.map((one) => refRow(one, at)),
  'No tags.',
)}`;
  const clone = html`<p class="muted">${at.repository.description ?? 'No description'} · <a href="${path(at.owner, at.name, 'tree', at.repository.defaultBranch)}">Browse files</a> · <code>git clone ${visit.github.urls.git(at.owner, at.name)}</code></p>`;
  const body = html`<h1>${at.owner}/${at.name}${at.repository.private && html` <span class="badge">private</span>`}</h1>${clone}${live.part('panels', html`<div class="panels">${panels}</div>`)}`;
  return {
    kind: 'page',
    title: `${at.owner}/${at.name}`,
    body,
    live,
    repository: { owner: at.owner, name: at.name, tab: 'code' },
  };
}

export const repositoryRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/', answer: all },
  { method: 'GET', path: '/{owner}', answer: all },
  { method: 'GET', path: '/{owner}/{repo}', answer: overview },
];
