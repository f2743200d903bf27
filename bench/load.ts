import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Signed } from './recorded.ts';

/** What a load of deliveries came to. */
export interface Load {
  /** Milliseconds from when a delivery was due to its answer. */
  readonly latencies: readonly number[];
  /** Answers a second, from the first delivery to the last answer. */
  readonly rate: number;
  /** Ids of deliveries that the App said it had stored. */
  readonly stored: readonly string[];
  /** How many were not answered with 2xx. */
  readonly refused: number;
}

/** GitHub sends over many connections; idle ones stay open. */
const CONNECTIONS = 64;

export interface Sender {
  /** As many a second, whatever the answers take: a slow answer delays no other delivery. */
  steady(count: number, perSecond: number): Promise<Load>;
  /** All at once, over this many connections. */
  burst(count: number, connections?: number): Promise<Load>;
  close(): void;
}

export function sender(url: string, mix: readonly Signed[]): Sender {
  const agents: Agent[] = [];
  const open = (connections: number): Agent => {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    agents.push(agent);
    return agent;
  };
  const shared = open(CONNECTIONS);
  let next = 0;
  const session = (agent: Agent) => {
    const latencies: number[] = [];
    const stored: string[] = [];
    let refused = 0;
    const began = performance.now();
    return {
      began,
      async send(due: number): Promise<void> {
        const delivery = mix[next++ % mix.length];
        if (delivery === undefined) throw new Error('expected a recording with deliveries in it');
        const id = randomUUID();
        const { status, body } = await post(url, agent, delivery, id);
        latencies.push(performance.now() - due);
        if (status < 200 || status > 299) refused += 1;
        if (body.startsWith('stored')) stored.push(id);
      },
      end: (): Load => {
        const rate = latencies.length / ((performance.now() - began) / 1000);
        return { latencies, rate, stored, refused };
      },
    };
  };
  return {
    async steady(count, perSecond) {
      const { began, send, end } = session(shared);
      const sent: Promise<void>[] = [];
      while (sent.length < count) {
        const due = began + (sent.length / perSecond) * 1000;
        if (due <= performance.now()) sent.push(send(due));
        else await wait(1);
      }
      await Promise.all(sent);
      return end();
    },
    async burst(count, connections = CONNECTIONS) {
      const { send, end } = session(open(connections));
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await send(performance.now());
      };
      await Promise.all(Array.from({ length: connections }, worker));
      return end();
    },
    close() {
      for (const agent of agents) agent.destroy();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function post(url: string, agent: Agent, delivery: Signed, id: string): Promise<Answer> {
  const { event, body, signature } = delivery;
  return new Promise((resolve) => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          'x-github-event': event,
          'x-github-delivery': id,
          'x-hub-signature-256': signature,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', () => resolve({ status: 0, body: '' }));
      },
    );
    sent.on('error', () => {
      // The server closed an idle connection just as it was used: no delivery was begun on it.
      if (sent.reusedSocket) resolve(post(url, agent, delivery, id));
      else resolve({ status: 0, body: '' });
    });
    sent.end(body);
  });
}
