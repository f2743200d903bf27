import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const FILE = join(import.meta.dirname, 'deliveries.jsonl');

/** One delivery of each kind that the demo's whole story causes, and how often it causes it. */
const Recorded = z.object({ event: z.string(), times: z.int().positive(), payload: z.record(z.string(), z.unknown()) });
export type Recorded = z.infer<typeof Recorded>;

export function recordedDeliveries(): readonly Recorded[] {
  const lines = readFileSync(FILE, 'utf8').trim().split('\n');
  return lines.map((line) => Recorded.parse(JSON.parse(line)));
}

/** A delivery that only needs an id to be sent. */
export interface Signed {
  readonly event: string;
  readonly body: Buffer;
  readonly signature: string;
}

/** Pull requests and repositories over which deliveries are spread: those of one are handled one after the other. */
const PULLS = 400;
const REPOSITORIES = 40;

/** The recording over and over, each time for another pull request and repository; signed. */
export function signedMix(recorded: readonly Recorded[], secret: string): readonly Signed[] {
  const once = recorded.flatMap((one) => Array.from({ length: one.times }, () => one));
  const rounds = Math.ceil(PULLS / once.length);
  return Array.from({ length: rounds }, () => once)
    .flat()
    .map(({ event, payload }, index) => {
      const text = JSON.stringify(payload, (key, value: unknown) =>
        key === 'number' && typeof value === 'number' ? index + 1 : value,
      );
      const body = Buffer.from(text.replaceAll('acme/flights', `acme/flights-${index % REPOSITORIES}`));
      return { event, body, signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
    })
    .toSorted((a, b) => a.signature.localeCompare(b.signature));
}
