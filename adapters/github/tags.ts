import { z } from 'zod';
import type { GitId } from '../../core/names.ts';
import { PortError, type Tag, type Tags } from '../../flows/ports.ts';
import { type Identity, tagObject } from '../git/objects.ts';
import type { GitReference } from '../git/references.ts';
import type { GitRefs } from '../git/refs.ts';
import type { Api } from './api.ts';
import type { Cache } from './cache.ts';

const TagObject = z.object({ message: z.string() });

const AT_ONCE = 8;
const PREFIX = 'refs/tags/';

export interface TagOptions {
  /** Messages of tags that this process has not made are read by REST. */
  readonly api: Api;
  readonly refs: GitRefs;
  /** Messages of annotated tags by object id: content under an id never changes. */
  readonly messages: Cache<string>;
  readonly by: () => Identity;
}

export function tags({ api, refs, messages, by }: TagOptions): Tags {
  const messageOf = async (id: GitId): Promise<string> => {
    const known = messages.get(id);
    if (known !== undefined) return known;
    const { message } = await api.get('GET /repos/{owner}/{repo}/git/tags/{tag_sha}', { tag_sha: id }, TagObject);
    messages.set(id, message);
    return message;
  };
  const tagOf = async ({ name, id, peeled }: GitReference): Promise<Tag> => {
    const short = name.slice(PREFIX.length);
    if (peeled === null) return { name: short, annotated: false, target: id, message: '' };
    return { name: short, annotated: true, target: peeled, message: await messageOf(id) };
  };
  const find = async (name: string): Promise<Tag | null> => {
    const reference = await refs.find(`${PREFIX}${name}`);
    return reference === null ? null : tagOf(reference);
  };
  return {
    async list(prefix) {
      const references = await refs.list(`${PREFIX}${prefix}`);
      const found: Tag[] = [];
      for (let start = 0; start < references.length; start += AT_ONCE) {
        found.push(...(await Promise.all(references.slice(start, start + AT_ONCE).map(tagOf))));
      }
      return found;
    },
    async create(tag) {
      const object = tagObject({ ...tag, by: by() });
      const update = { ref: `${PREFIX}${tag.name}`, from: null, to: object.id };
      const there = await find(tag.name);
      if (there !== null) return refuseOther(tag, there);
      if ((await refs.update([object], [update])) === 'updated') {
        messages.set(object.id, tag.message);
        return;
      }
      const meanwhile = await find(tag.name);
      if (meanwhile === null) throw new PortError('conflict', `tag ${tag.name}: it was made and deleted meanwhile`);
      refuseOther(tag, meanwhile);
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
