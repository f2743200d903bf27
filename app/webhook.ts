import { z } from 'zod';
import { Instant, type RepositoryName } from '../core/names.ts';
import type { FlowEvent } from '../flows/events.ts';
import { type Lane, Origin, Sender } from './deliveries/delivery.ts';
import { CONVERTERS } from './deliveries/registry.ts';
import type { Handler, HttpAnswer, HttpRequest } from './http/server.ts';
import type { Log } from './log.ts';
import type { DeliveryResult } from './metrics/results.ts';

const Sent = z.object({ sender: Sender });

/** GitHub never sends more. */
const MAX_BODY = 25 * 1024 * 1024;

export interface WebhookOptions {
  /** Our login: what we wrote in a comment ourselves, we need not hear of. */
  readonly self: string;
  readonly verify: (body: string, signature: string) => boolean;
  readonly store: (id: string, arrival: Arrived) => Promise<'accepted' | 'duplicate'>;
  /** Hears of each answer. @param seconds that it took */
  readonly observe: (event: string, result: DeliveryResult, seconds: number) => void;
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
export function webhookEndpoint({ observe, ...options }: WebhookOptions): Handler {
  const handle = acknowledge(options);
  return async (request) => {
    const began = performance.now();
    let result: DeliveryResult = 'failed';
    try {
      const { answer, ...handled } = await handle(request);
      result = handled.result;
      return answer;
    } finally {
      observe(request.header('x-github-event') ?? '', result, (performance.now() - began) / 1000);
    }
  };
}

interface Acknowledged {
  readonly result: DeliveryResult;
  readonly answer: HttpAnswer;
}

function acknowledge({ self, verify, store, now, log }: Omit<WebhookOptions, 'observe'>) {
  return async (request: HttpRequest): Promise<Acknowledged> => {
    const answered = (result: DeliveryResult, status: number, body: string) => ({ result, answer: { status, body } });
    const name = request.header('x-github-event') ?? '';
    const id = request.header('x-github-delivery') ?? '';
    const signature = request.header('x-hub-signature-256') ?? '';
    if (!/^[A-Za-z0-9-]{1,100}$/.test(id)) return answered('malformed', 400, 'expected X-GitHub-Delivery');
    const body = await request.body(MAX_BODY);
    if (body === null) return answered('malformed', 413, `expected at most ${MAX_BODY} bytes`);
    const text = body.toString('utf8');
    if (!/^sha256=[0-9a-f]{64}$/.test(signature) || !verify(text, signature)) {
      return answered('bad_signature', 401, 'expected a valid X-Hub-Signature-256: compare the webhook secrets');
    }
    const arrived = read({ id, name, receivedAt: Instant.parse(now().toISOString()), text }, self, log);
    if (arrived === 'ignored' || arrived === 'malformed') return answered(arrived, 202, 'nothing to do');
    return answered(await store(id, arrived), 202, 'stored');
  };
}

/** `ignored` when there is nothing to do; `malformed` is no error to GitHub either, for what is not shaped as documented: an error would only be sent again. */
function read(
  { id, name, receivedAt, text }: { id: string; name: string; receivedAt: Instant; text: string },
  self: string,
  log: Log,
): Arrived | 'ignored' | 'malformed' {
  const converter = CONVERTERS.get(name);
  if (converter === undefined) return 'ignored';
  try {
    const payload: unknown = JSON.parse(text);
    const { installation, repository } = Origin.parse(payload);
    if (name === 'issue_comment' && Sent.safeParse(payload).data?.sender.login === self) return 'ignored';
    const converted = converter({ id, name, payload, receivedAt });
    return converted === null
      ? 'ignored'
      : { ...converted, repository: repository.full_name, installation: installation.id };
  } catch (error) {
    log.error('a delivery is not shaped as documented', { id, event: name, error: String(error).slice(0, 1000) });
    return 'malformed';
  }
}
