import { z } from 'zod';
import { GitId } from '../../core/names.ts';
import { PortError, type ReportImages } from '../../flows/ports.ts';
import { type Api, Reference } from './api.ts';
import { isUnprocessable } from './errors.ts';
import { blobId } from './source.ts';

const Created = z.object({ sha: GitId });
const Repository = z.object({ html_url: z.string() });
const Tree = z.object({ tree: z.array(z.object({ path: z.string(), sha: GitId })) });

const FILE = 'chart.svg';
const REFS = '/repos/{owner}/{repo}/git/refs';

/** Images as commits of their own, served by GitHub from the repository itself: readable by whoever may read it. */
export function reportImages(api: Api): ReportImages {
  const current = async (ref: string, svg: string): Promise<{ there: boolean; commit: GitId | null }> => {
    const reference = await api.find('GET /repos/{owner}/{repo}/git/ref/{ref}', { ref }, Reference);
    if (reference === null) return { there: false, commit: null };
    const parameters = { tree_sha: reference.object.sha };
    const tree = await api.find('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', parameters, Tree);
    const file = tree?.tree.find(({ path }) => path === FILE);
    const id = blobId(Buffer.from(svg), file?.sha.length === 64 ? 'sha256' : 'sha1');
    return { there: true, commit: file?.sha === id ? reference.object.sha : null };
  };
  return {
    async put(name, svg) {
      if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name)) {
        throw new PortError(
          'malformed',
          `report image: expected a name of letters, digits and hyphens, got ${JSON.stringify(name)}`,
        );
      }
      const ref = `trainyard/reports/${name}`;
      const { html_url } = await api.get('GET /repos/{owner}/{repo}', {}, Repository);
      const { there, commit } = await current(ref, svg);
      const id = commit ?? (await commitImage(api, svg, name));
      if (commit === null) await point(api, ref, id, there);
      return { url: `${html_url}/raw/${id}/${FILE}` };
    },
  };
}

async function commitImage(api: Api, svg: string, name: string): Promise<GitId> {
  const file = { path: FILE, mode: '100644', type: 'blob', content: svg };
  const tree = await api.send('POST /repos/{owner}/{repo}/git/trees', { tree: [file] }, Created);
  // No parent: an image that was replaced needs no history.
  const body = { message: `Report image ${name}`, tree: tree.sha, parents: [] };
  return (await api.send('POST /repos/{owner}/{repo}/git/commits', body, Created)).sha;
}

async function point(api: Api, ref: string, sha: GitId, there: boolean): Promise<void> {
  const move = () => api.send(`PATCH ${REFS}/{ref}`, { ref, sha, force: true }, Reference);
  if (there) {
    await move();
    return;
  }
  try {
    await api.send(`POST ${REFS}`, { ref: `refs/${ref}`, sha }, Reference);
  } catch (error) {
    if (!isUnprocessable(error)) throw error;
    await move();
  }
}
