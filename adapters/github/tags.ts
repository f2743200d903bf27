import { z } from 'zod';
import { GitId } from '../../core/names.ts';
import { PortError, type Tag, type Tags } from '../../flows/ports.ts';
import { type Api, Reference } from './api.ts';
import type { Cache } from './cache.ts';
import { isUnprocessable } from './errors.ts';

const TagObject = z.object({
  tag: z.string(),
  sha: GitId,
  message: z.string(),
  object: z.object({ type: z.string(), sha: GitId }),
});
type TagObject = z.infer<typeof TagObject>;

const AT_ONCE = 8;
/** A tag of a tag of a tag …: git allows it, nobody means it. */
const NESTED = 5;

/** @param objects annotated tags by id; content under an id never changes */
export function tags(api: Api, objects: Cache<TagObject>): Tags {
  const objectOf = async (id: GitId): Promise<TagObject> => {
    const known = objects.get(id);
    if (known !== undefined) return known;
    const object = await api.get('GET /repos/{owner}/{repo}/git/tags/{tag_sha}', { tag_sha: id }, TagObject);
    objects.set(id, object);
    return object;
  };
  const tagOf = async (reference: z.infer<typeof Reference>): Promise<Tag> => {
    const name = reference.ref.replace(/^refs\/tags\//, '');
    if (reference.object.type !== 'tag') return { name, annotated: false, target: reference.object.sha, message: '' };
    const first = await objectOf(reference.object.sha);
    let { object } = first;
    for (let depth = 0; object.type === 'tag' && depth < NESTED; depth += 1)
      object = (await objectOf(object.sha)).object;
    return { name, annotated: true, target: object.sha, message: first.message };
  };
  const find = async (name: string): Promise<Tag | null> => {
    const reference = await api.find('GET /repos/{owner}/{repo}/git/ref/{ref}', { ref: `tags/${name}` }, Reference);
    return reference === null ? null : tagOf(reference);
  };
  return {
    async list(prefix) {
      const references = await api.refs(`tags/${prefix}`);
      const found: Tag[] = [];
      for (let start = 0; start < references.length; start += AT_ONCE) {
        found.push(...(await Promise.all(references.slice(start, start + AT_ONCE).map(tagOf))));
      }
      return found;
    },
    async create(tag) {
      const there = await find(tag.name);
      if (there !== null) return refuseOther(tag, there);
      const body = { tag: tag.name, message: tag.message, object: tag.target, type: 'commit' };
      const object = await api.send('POST /repos/{owner}/{repo}/git/tags', body, TagObject);
      try {
        const reference = { ref: `refs/tags/${tag.name}`, sha: object.sha };
        await api.send('POST /repos/{owner}/{repo}/git/refs', reference, Reference);
      } catch (error) {
        const meanwhile = isUnprocessable(error) ? await find(tag.name) : null;
        if (meanwhile === null) throw error;
        refuseOther(tag, meanwhile);
      }
    },
  };
}

type NewTag = Parameters<Tags['create']>[0];

function refuseOther(wanted: NewTag, found: Tag): void {
  const equal = found.annotated && found.target === wanted.target && found.message.trim() === wanted.message.trim();
  if (equal) return;
  throw new PortError(
    'exists_otherwise',
    `tag ${wanted.name}: expected none or ours at ${wanted.target}, found another at ${found.target}; delete it, or reconcile`,
  );
}
