import { once } from 'node:events';
import { request } from 'node:https';
import type { Json } from '../../../../fakes/kubernetes/json.ts';

/** Speaks to the API server as its administrator: the tests' own hand, never the engine's. */
export interface Admin {
  /** The parsed answer. @throws for any status of 400 and more but those that are allowed */
  ask(method: string, path: string, body?: unknown, allowed?: readonly number[]): Promise<Json>;
}

export function adminOf(port: number, token: string): Admin {
  return {
    async ask(method, path, body, allowed = []) {
      const sent = Buffer.from(body === undefined ? '' : JSON.stringify(body));
      const merge = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const asked = request({
        host: '127.0.0.1',
        port,
        path,
        method,
        rejectUnauthorized: false,
        headers: { authorization: `Bearer ${token}`, 'content-type': merge, 'content-length': String(sent.length) },
      });
      asked.end(sent);
      const [answer] = await once(asked, 'response');
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      if (answer.statusCode >= 400 && !allowed.includes(answer.statusCode)) {
        throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 500)}`);
      }
      return text.startsWith('{') ? JSON.parse(text) : text;
    },
  };
}
