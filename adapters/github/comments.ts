import { z } from 'zod';
import { sha256Hex } from '../../core/canonical.ts';
import { Instant } from '../../core/names.ts';
import type { Changed, Comment, Comments } from '../../flows/ports.ts';
import type { Api } from './api.ts';
import type { Cache } from './cache.ts';
import type { Effects } from './effects.ts';
import { hasCode } from './errors.ts';

export const IssueComment = z.object({
  id: z.int().positive(),
  body: z.string().default(''),
  user: z.object({ id: z.int().positive(), login: z.string(), type: z.string() }).nullable(),
  created_at: Instant,
  updated_at: Instant,
  html_url: z.string(),
});
export type IssueComment = z.infer<typeof IssueComment>;

const ONE = '/repos/{owner}/{repo}/issues/comments/{comment_id}';
const ALL = '/repos/{owner}/{repo}/issues/{issue_number}/comments';

export interface CommentOptions {
  readonly api: Api;
  /** Our login: a marker in anybody else's comment is a forgery and is passed over. */
  readonly self: string;
  /** Ids of our sticky comments, so that a second edit need not list the conversation. */
  readonly known: Cache<number>;
  /** What we have made, where one process makes it all; null where others write beside us. */
  readonly effects: Effects | null;
  /** Where what GitHub shows counts, not what we remember: told of each sticky comment that is not as it should be. */
  readonly compared?: Changed;
}

type Written = Awaited<ReturnType<Comments['putSticky']>>;

export function comments({ api, self, known, effects, compared }: CommentOptions): Comments {
  const isSticky = (comment: IssueComment, marker: string): boolean =>
    comment.user?.login === self && comment.body.startsWith(marker);
  const stickies = async (pullRequest: number, marker: string): Promise<readonly IssueComment[]> => {
    const id = known.get(`${pullRequest} ${marker}`);
    const remembered = id === undefined ? null : await api.find(`GET ${ONE}`, { comment_id: id }, IssueComment);
    if (remembered !== null && isSticky(remembered, marker)) return [remembered];
    const all = await api.list(`GET ${ALL}`, { issue_number: pullRequest }, z.array(IssueComment));
    return all.filter((comment) => isSticky(comment, marker)).sort((a, b) => a.id - b.id);
  };
  /** The oldest; doubles of passes that crossed are deleted. */
  const onlySticky = async (pullRequest: number, marker: string): Promise<IssueComment | undefined> => {
    const [ours, ...doubles] = await stickies(pullRequest, marker);
    for (const { id } of doubles) {
      await api.raw(`DELETE ${ONE}`, { comment_id: id }).catch((error: unknown) => {
        if (!hasCode(error, 'not_found')) throw error;
      });
    }
    return ours;
  };
  /** Ours, whatever somebody has made of it: also where they took the marker away. */
  const rememberedOne = async (mark: string): Promise<IssueComment | undefined> => {
    const effect = compared === undefined ? null : ((await effects?.find(mark)) ?? null);
    if (effect?.kind !== 'made') return undefined;
    const there = await api.find(`GET ${ONE}`, { comment_id: effect.id }, IssueComment);
    return there?.user?.login === self ? there : undefined;
  };
  const write = async (pullRequest: number, marker: string, body: string): Promise<Written> => {
    const mark = markOf(pullRequest, marker);
    let ours = (await rememberedOne(mark)) ?? (await onlySticky(pullRequest, marker));
    if (ours === undefined) {
      await effects?.begin(mark);
      const made = await api.send(`POST ${ALL}`, { issue_number: pullRequest, body }, IssueComment);
      // Another process may have found none either, and written one: both look again, and keep the older.
      ours = effects === null ? ((await onlySticky(pullRequest, marker)) ?? made) : made;
      compared?.(`#${pullRequest}: our comment was not there`);
    } else if (ours.body !== body) compared?.(`#${pullRequest}: our comment said something else`);
    const comment =
      ours.body === body ? ours : await api.send(`PATCH ${ONE}`, { comment_id: ours.id, body }, IssueComment);
    known.set(`${pullRequest} ${marker}`, comment.id);
    const written = { id: comment.id, url: comment.html_url };
    await effects?.made(mark, { ...written, state: sha256Hex(body) });
    return written;
  };
  /** Null when it is not known to be there. */
  const rewrite = async (pullRequest: number, marker: string, body: string): Promise<Written | null> => {
    const mark = markOf(pullRequest, marker);
    const effect = effects === null ? null : await effects.find(mark);
    if (effect?.kind !== 'made') return null;
    const { id, url } = effect;
    if (effect.state === sha256Hex(body)) return { id, url };
    const comment = await api.send(`PATCH ${ONE}`, { comment_id: id, body }, IssueComment).catch((error: unknown) => {
      // Somebody has deleted it.
      if (hasCode(error, 'not_found', 'gone')) return null;
      throw error;
    });
    if (comment !== null) await effects?.made(mark, { id, url, state: sha256Hex(body) });
    return comment === null ? null : { id, url };
  };
  return {
    async get(id) {
      const comment = await api.find(`GET ${ONE}`, { comment_id: id }, IssueComment);
      return comment === null ? null : commentOf(comment);
    },
    async react(id, reaction) {
      // Asked again, GitHub answers 200 and adds nothing. A comment deleted meanwhile needs no reaction.
      try {
        await api.raw(`POST ${ONE}/reactions`, { comment_id: id, content: reaction });
      } catch (error) {
        if (!hasCode(error, 'not_found')) throw error;
      }
    },
    async putSticky(pullRequest, marker, body) {
      const remembered = compared === undefined ? await rewrite(pullRequest, marker, body) : null;
      return remembered ?? write(pullRequest, marker, body);
    },
  };
}

const markOf = (pullRequest: number, marker: string): string => `comment ${pullRequest} ${marker}`;

/** A comment as GitHub lists it. */
export function commentOf(comment: IssueComment): Comment {
  const type = comment.user?.type;
  const pull = /\/pull\/(\d+)(#|$)/.exec(comment.html_url);
  return {
    id: comment.id,
    pullRequest: pull?.[1] === undefined ? null : Number(pull[1]),
    body: comment.body,
    author: comment.user?.login ?? 'ghost',
    authorType: type === 'User' || type === 'Bot' ? type : 'Other',
    authorId: comment.user?.id ?? null,
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
  };
}
