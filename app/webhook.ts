import { z } from 'zod';
import { Instant, type RepositoryName } from '../core/names.ts';
import type { FlowEvent } from '../flows/events.ts';
import { type Lane, Origin, Sender } from './deliveries/delivery.ts';
import { CONVERTERS } from './deliveries/registry.ts';
import type { Handler } from './http/server.ts';
import type { Log } from './log.ts';

const Sent = z.object({ sender: Sender });

/** GitHub never sends more. */
const MAX_BODY = 25 * 1024 * 1024;

export interface WebhookOptions {
  /** Our login: what we wrote in a comment ourselves, we need not hear of. */
  readonly self: string;
  readonly verify: (body: string, signature: string) => Promise<boolean>;
  readonly store: (id: string, arrival: Arrived) => Promise<void>;
  readonly now: () => Date;
  readonly log: Log;
}

export interface Arrived {
  readonly repository: RepositoryName;
  readonly installation: number;
  readonly event: FlowEvent;
  readonly lane: Lane;
}

/** Verifies a delivery, stores it and answers, nothing else: GitHub gives up after 10 s and does not retry by itself. */
export function webhookEndpoint({ self, verify, store, now, log }: WebhookOptions): Handler {
  return async (request) => {
    const name = request.header('x-github-event') ?? '';
    const id = request.header('x-github-delivery') ?? '';
    const signature = request.header('x-hub-signature-256') ?? '';
    if (!/^[A-Za-z0-9-]{1,100}$/.test(id)) return { status: 400, body: 'expected X-GitHub-Delivery' };
    const body = await request.body(MAX_BODY);
    if (body === null) return { status: 413, body: `expected at most ${MAX_BODY} bytes` };
    const text = body.toString('utf8');
    if (!/^sha256=[0-9a-f]{64}$/.test(signature) || !(await verify(text, signature))) {
      return { status: 401, body: 'expected a valid X-Hub-Signature-256: compare the webhook secrets' };
    }
    const arrived = read({ id, name, receivedAt: Instant.parse(now().toISOString()), text }, self, log);
    if (arrived === null) return { status: 202, body: 'nothing to do' };
    await store(id, arrived);
    return { status: 202, body: 'stored' };
  };
}

/** Null when there is nothing to do, also for what is not shaped as documented: an error would only be sent again. */
function read(
  { id, name, receivedAt, text }: { id: string; name: string; receivedAt: Instant; text: string },
  self: string,
  log: Log,
): Arrived | null {
  const converter = CONVERTERS.get(name);
  if (converter === undefined) return null;
  try {
    const payload: unknown = JSON.parse(text);
    const { installation, repository } = Origin.parse(payload);
    if (name === 'issue_comment' && Sent.safeParse(payload).data?.sender.login === self) return null;
    const converted = converter({ id, name, payload, receivedAt });
    return converted === null
      ? null
      : { ...converted, repository: repository.full_name, installation: installation.id };
  } catch (error) {
    log.error('a delivery is not shaped as documented', { id, event: name, error: String(error).slice(0, 1000) });
    return null;
  }
}
