import { ClientError } from '../client.ts';
import { person, size, time } from '../format.ts';
import { type Html, html, path } from '../html.ts';
import { icon } from '../icons.ts';
import { markdown } from '../markdown.ts';
import { Release } from '../records.ts';
import { type Answer, type PageRoute, type Place, param, place, type Visit } from '../visit.ts';

function card(release: Release, at: Place, server: string): Html {
  const title = release.name ?? release.tag_name;
  const assets = release.assets.map(
    (asset) =>
      html`<li>${icon('file')}<a href="${path(at.owner, at.name, 'releases/download', release.tag_name, asset.name)}">${asset.name}</a><span class="muted end">${size(asset.size)}</span></li>`,
  );
  return html`<article class="card"><h2><a href="${path(at.owner, at.name, 'releases/tag', release.tag_name)}">${title}</a>${release.prerelease && html` <span class="badge">pre-release</span>`}${release.draft && html` <span class="badge">draft</span>`}</h2>
<p class="muted">${icon('tag')} <code>${release.tag_name}</code> · ${person(release.author)} released this ${time(release.published_at ?? release.created_at)}</p>
${markdown(release.body ?? '', server)}${assets.length > 0 && html`<h3>Assets</h3><ul class="rows small">${assets}</ul>`}</article>`;
}

function framed(at: Place, title: string, body: Html): Answer {
  return {
    kind: 'page',
    title: `${title} · ${at.owner}/${at.name}`,
    body,
    repository: { owner: at.owner, name: at.name, tab: 'releases' },
  };
}

async function list(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const releases = await visit.client.list(`${at.api}/releases`, Release);
  const cards = releases.map((one) => card(one, at, visit.github.urls.server));
  return framed(
    at,
    'Releases',
    html`<h1>Releases</h1>${cards.length === 0 ? html`<p class="empty">No releases yet.</p>` : cards}`,
  );
}

async function show(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const tag = param(visit, 'tag');
  const release = await visit.client.get(`${at.api}/releases/tags/${encodeURIComponent(tag)}`, Release);
  return framed(at, release.name ?? tag, card(release, at, visit.github.urls.server));
}

/** Assets are bytes of a job's making: always a download, never shown. */
async function download(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const rest = param(visit, 'rest');
  const [tag, name] = [rest.slice(0, rest.lastIndexOf('/')), rest.slice(rest.lastIndexOf('/') + 1)];
  const release = await visit.client.get(`${at.api}/releases/tags/${encodeURIComponent(tag)}`, Release);
  const asset = release.assets.find((one) => one.name === name);
  if (asset === undefined) throw new ClientError(404, 'Not Found');
  const body = await visit.client.bytes(`${at.api}/releases/assets/${asset.id}`, 'application/octet-stream');
  const disposition = `attachment; filename="${name.replaceAll(/[^\w.@+-]/g, '_')}"`;
  return {
    kind: 'bytes',
    headers: { 'content-type': 'application/octet-stream', 'content-disposition': disposition },
    body,
  };
}

export const releaseRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/{owner}/{repo}/releases', answer: list },
  { method: 'GET', path: '/{owner}/{repo}/releases/tag/{tag*}', answer: show },
  { method: 'GET', path: '/{owner}/{repo}/releases/download/{rest*}', answer: download },
];
