import { extname } from 'node:path';
import { ClientError } from '../client.ts';
import { person, shortSha, time } from '../format.ts';
import { type Html, html, path } from '../html.ts';
import { icon } from '../icons.ts';
import { markdown } from '../markdown.ts';
import { ChangedFile, Commit } from '../records.ts';
import { diff } from '../views/diff.ts';
import { type Answer, type PageRoute, type Place, param, place, type Visit } from '../visit.ts';
import { type Located, locate } from './locate.ts';

const IMAGES: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

const looksLikeText = (content: Buffer): boolean => !content.subarray(0, 8000).includes(0);

/** Anybody who may push decides these bytes, so they run nothing: no script, no plug-in, an origin of their own. */
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

async function file(visit: Visit, at: Place): Promise<Located & { readonly content: Buffer }> {
  const found = await locate(visit.github.git(at.repository), at.repository.defaultBranch, param(visit, 'rest'));
  if (found?.content === undefined) throw new ClientError(404, 'Not Found');
  return { ...found, content: found.content };
}

async function raw(visit: Visit): Promise<Answer> {
  const { path: name, content } = await file(visit, place(visit));
  const image = IMAGES[extname(name).toLowerCase()];
  const text = looksLikeText(content);
  const headers = {
    'content-type': image ?? (text ? 'text/plain; charset=utf-8' : 'application/octet-stream'),
    'content-security-policy': SANDBOX,
    'cross-origin-resource-policy': 'same-site',
    ...(image === undefined && !text ? { 'content-disposition': 'attachment' } : {}),
  };
  return { kind: 'bytes', headers, body: content };
}

function crumbs(at: Place, found: Located): Html {
  const parts = found.path.split('/').filter((part) => part !== '');
  const links = parts.map(
    (part, index) =>
      html` / <a href="${path(at.owner, at.name, 'tree', found.ref, parts.slice(0, index + 1).join('/'))}">${part}</a>`,
  );
  return html`<p class="path"><code class="branch">${/^[0-9a-f]{40}$/.test(found.ref) ? shortSha(found.ref) : found.ref}</code> <a href="${path(at.owner, at.name, 'tree', found.ref)}">${at.name}</a>${links}</p>`;
}

const MOST_LINES = 5000;

function contents(
  { path: name, content }: Located & { readonly content: Buffer },
  rawAddress: string,
  server: string,
): Html {
  const extension = extname(name).toLowerCase();
  if (IMAGES[extension] !== undefined) return html`<p class="picture"><img src="${rawAddress}" alt="${name}"></p>`;
  if (!looksLikeText(content))
    return html`<p class="empty">A binary file of ${content.length} bytes. <a href="${rawAddress}">Download it</a>.</p>`;
  const text = content.toString('utf8');
  if (extension === '.md') return html`<div class="card">${markdown(text, server)}</div>`;
  const lines = text.replace(/\n$/, '').split('\n');
  const rows = lines.slice(0, MOST_LINES).map(
    (line, index) => html`<tr id="L${index + 1}"><td class="number">${index + 1}</td><td class="code">${line}</td></tr>
`,
  );
  const more =
    lines.length > MOST_LINES &&
    html`<p class="muted note">${lines.length - MOST_LINES} more lines are in the raw file.</p>`;
  return html`<div class="file"><div class="diff-scroll"><table class="diff">${rows}</table></div>${more}</div>`;
}

async function blob(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const found = await file(visit, at);
  const rawAddress = path(at.owner, at.name, 'raw', found.commit, found.path);
  const body = html`${crumbs(at, found)}<p class="muted"><a href="${rawAddress}">Raw</a></p>${contents(found, rawAddress, visit.github.urls.server)}`;
  return {
    kind: 'page',
    title: `${found.path} · ${at.owner}/${at.name}`,
    body,
    repository: { owner: at.owner, name: at.name, tab: 'code' },
  };
}

async function tree(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const found = await locate(visit.github.git(at.repository), at.repository.defaultBranch, param(visit, 'rest'));
  if (found?.entries === undefined) throw new ClientError(404, 'Not Found');
  const rows = found.entries.map(({ type, name }) => {
    const inside = found.path === '' ? name : `${found.path}/${name}`;
    return html`<li>${icon(type === 'tree' ? 'folder' : 'file')}<a href="${path(at.owner, at.name, type === 'tree' ? 'tree' : 'blob', found.ref, inside)}">${name}</a></li>`;
  });
  const body = html`${crumbs(at, found)}<ul class="rows small">${rows}</ul>`;
  return {
    kind: 'page',
    title: `${found.path || at.name} · ${at.owner}/${at.name}`,
    body,
    repository: { owner: at.owner, name: at.name, tab: 'code' },
  };
}

const CommitWithFiles = Commit.extend({ files: ChangedFile.array().optional() });

async function commit(visit: Visit): Promise<Answer> {
  const at = place(visit);
  const one = await visit.client.get(`${at.api}/commits/${encodeURIComponent(param(visit, 'sha'))}`, CommitWithFiles);
  const [subject = '', ...rest] = one.commit.message.split('\n');
  const author = { login: one.author?.login ?? one.commit.author?.name ?? 'unknown', type: one.author?.type ?? 'User' };
  const body = html`<div class="card"><h1 class="small">${subject}</h1>${rest.join('\n').trim() !== '' && html`<pre class="message">${rest.join('\n').trim()}</pre>`}<p class="muted">${person(author)} committed ${time(one.commit.committer?.date)} · <code>${one.sha}</code> · <a href="${path(at.owner, at.name, 'tree', one.sha)}">Browse files</a></p></div>
${diff(one.files ?? [], { owner: at.owner, name: at.name, sha: one.sha })}`;
  return {
    kind: 'page',
    title: `${subject} · ${at.owner}/${at.name}`,
    body,
    repository: { owner: at.owner, name: at.name, tab: 'code' },
  };
}

export const codeRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/{owner}/{repo}/raw/{rest*}', answer: raw },
  { method: 'GET', path: '/{owner}/{repo}/blob/{rest*}', answer: blob },
  { method: 'GET', path: '/{owner}/{repo}/tree/{rest*}', answer: tree },
  { method: 'GET', path: '/{owner}/{repo}/commit/{sha}', answer: commit },
];
