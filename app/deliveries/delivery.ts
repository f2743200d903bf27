import { z } from 'zod';
import { type Instant, RepositoryName } from '../../core/names.ts';
import type { FlowEvent } from '../../flows/events.ts';

/** A webhook delivery whose signature was verified; its payload is GitHub's word, in which users' words stand. */
export interface Delivery {
  /** `X-GitHub-Delivery`: unchanged when it is delivered again. */
  readonly id: string;
  /** `X-GitHub-Event`. */
  readonly name: string;
  readonly payload: unknown;
  readonly receivedAt: Instant;
}

/** Events of one lane are handled one after the other, in the order in which they arrived. */
export type Lane =
  | { readonly kind: 'pull_request'; readonly number: number }
  /** Of the run that this workflow run's title names. */
  | { readonly kind: 'run'; readonly title: string }
  /** Of the pull request that was sighted at this commit. */
  | { readonly kind: 'commit'; readonly sha: string }
  /** The default branch and all that has no pull request. */
  | { readonly kind: 'repository' };

export interface Converted {
  readonly event: FlowEvent;
  readonly lane: Lane;
}

/** Null: the delivery asks for nothing. Throws a ZodError when the payload is not of the documented shape. */
export type Converter = (delivery: Delivery) => Converted | null;

/** What every delivery of a repository to an App carries. */
export const Origin = z.object({
  installation: z.object({ id: z.int().positive() }),
  repository: z.object({ full_name: RepositoryName }),
});

export const Sender = z.object({
  login: z.string().min(1),
  id: z.int().positive().optional(),
  type: z.string().optional(),
});

/** Who sent a delivery, as flows take it: login, what kind of account it is, and the id that it keeps when renamed. */
export function senderOf(sender: z.infer<typeof Sender>): {
  readonly sender: string;
  readonly senderType: 'User' | 'Bot' | 'Other';
  readonly senderId: number | null;
} {
  const { login, id, type } = sender;
  return { sender: login, senderType: type === 'User' || type === 'Bot' ? type : 'Other', senderId: id ?? null };
}
