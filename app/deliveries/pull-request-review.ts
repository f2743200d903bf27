import { z } from 'zod';
import type { Converter } from './delivery.ts';

const Payload = z.object({ action: z.string(), pull_request: z.object({ number: z.int().positive() }) });

/** An approval came or went. What a review says is no command; its text is not even taken on. */
export const pullRequestReview: Converter = ({ payload }) => {
  const { action, pull_request: pull } = Payload.parse(payload);
  if (action !== 'submitted' && action !== 'dismissed') return null;
  const { number } = pull;
  return { event: { kind: 'requirements_changed', number }, lane: { kind: 'pull_request', number } };
};
