import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

/** An issue, or what a pull request shares with issues: number, title, body, state, labels, comments. */
export const Issue = z.object({
  id: z.number(),
  repositoryId: z.number(),
  number: z.number(),
  isPull: z.boolean(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  stateReason: z.enum(['completed', 'not_planned', 'reopened', 'duplicate']).nullable(),
  authorId: z.number(),
  labels: z.array(z.string()),
  locked: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
  closedAt: z.string().nullable(),
  closedById: z.number().nullable(),
});
export type Issue = z.infer<typeof Issue>;

export const Comment = z.object({
  id: z.number(),
  repositoryId: z.number(),
  issueId: z.number(),
  authorId: z.number(),
  /** The App through which it was written. */
  appId: z.number().nullable(),
  body: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Comment = z.infer<typeof Comment>;

export const ReactionContent = z.enum(['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes']);

/** A reaction to an issue (`commentId` null) or to one of its comments. */
export const Reaction = z.object({
  id: z.number(),
  issueId: z.number(),
  commentId: z.number().nullable(),
  authorId: z.number(),
  content: ReactionContent,
  createdAt: z.string(),
});
export type Reaction = z.infer<typeof Reaction>;

/** A label of a repository; made when an issue first gets it. */
export const Label = z.object({ id: z.number(), repositoryId: z.number(), name: z.string() });
export type Label = z.infer<typeof Label>;

export const openLabels = (db: DatabaseSync) =>
  openTable(db, 'labels', Label, { firstId: 45_001, caseless: ['name'], unique: [['repositoryId', 'name']] });

export const openIssues = (db: DatabaseSync) =>
  openTable(db, 'issues', Issue, { firstId: 20_001, unique: [['repositoryId', 'number']] });

export const openComments = (db: DatabaseSync) =>
  openTable(db, 'comments', Comment, { firstId: 30_001, indexes: [['issueId'], ['repositoryId']] });

export const openReactions = (db: DatabaseSync) =>
  openTable(db, 'reactions', Reaction, { firstId: 40_001, indexes: [['issueId', 'commentId']] });
