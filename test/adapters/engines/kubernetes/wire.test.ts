import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clusterOf } from '../../../../adapters/engines/kubernetes/cluster.ts';
import { kubernetesEngine } from '../../../../adapters/engines/kubernetes/engine.ts';
import { RepositoryName } from '../../../../core/names.ts';
import { ExecutionId } from '../../../../core/training/execution.ts';
import type { ComputeEngine } from '../../../../flows/ports.ts';
import { OPTIONS, submissionOf } from './submission.ts';

/** A server that answers as it is told: what the engine makes of answers. That its requests are right is shown in engine.long.test.ts. */
const ID = ExecutionId.parse('trainyard-01j00000000000000000000001-1');
let server: Server;
let engine: ComputeEngine;
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    request.resume();
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'u', token: 'secret-token' },
  );
  engine = kubernetesEngine({ cluster: clusterOf(config), options: OPTIONS, clock: () => 0 });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const refuse = (status: number, message = 'refused', headers = {}) => {
  answer = (_, response) =>
    void response.writeHead(status, headers).end(JSON.stringify({ kind: 'Status', reason: 'Any', message }));
};
const say = (body: unknown) => {
  answer = (_, response) => void response.end(JSON.stringify(body));
};
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing',
    (error: unknown) => error,
  );

describe('an API server that refuses', () => {
  test.each([
    [401, 'Unauthorized', 'forbidden', /no longer, accepted/],
    [403, 'jobs.batch is forbidden: User "x" cannot get', 'forbidden', /Role of docs/],
    [403, 'exceeded quota: team, requested: count/jobs.batch=1', 'malformed', /quota/],
    [403, 'violates PodSecurity "restricted:latest"', 'malformed', /admission/],
    [422, 'Job is invalid: spec', 'malformed', /422/],
    [400, 'strict decoding error: unknown field', 'malformed', /unknown field/],
    [409, 'the object has been modified', 'unavailable', /changed meanwhile/],
    [500, 'failed calling webhook', 'unavailable', /500/],
    [302, '', 'unavailable', /302/],
  ])('with %s %s is told as what it is', async (status, message, code, words) => {
    refuse(status, message, { location: 'http://169.254.169.254/' });
    expect(await failureOf(engine.observe(ID))).toMatchObject({
      name: 'PortError',
      code,
      message: expect.stringMatching(words),
    });
  });

  test('because it is busy is asked again when it says', async () => {
    refuse(429, 'too many requests', { 'retry-after': '7' });
    expect(await failureOf(engine.observe(ID))).toMatchObject({ code: 'rate_limited', until: 7000 });
  });

  test('is not quoted with the token', async () => {
    refuse(403, 'no');
    const error = await failureOf(engine.observe(ID));
    expect(error instanceof Error ? error.message : '').not.toContain('secret-token');
  });
});

describe('an answer that is none', () => {
  test.each(['', 'not json', '{}', '{"metadata":{}}', '[]', 'null'])(
    '%j can’t be read, and is asked for again',
    async (text) => {
      answer = (_, response) => void response.end(text);
      expect(await failureOf(engine.observe(ID))).toMatchObject({ code: 'unavailable' });
    },
  );

  test('is not read without end', async () => {
    answer = (_, response) => {
      const flood = (): void => {
        if (!response.destroyed && response.write(Buffer.alloc(1 << 20))) setImmediate(flood);
        else response.once('drain', flood);
      };
      flood();
    };
    expect(await failureOf(engine.observe(ID))).toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('more than'),
    });
  });
});

describe('submitting', () => {
  const namespace = (repositories?: string) => ({
    metadata: {
      name: 'trainyard-runs',
      ...(repositories === undefined ? {} : { annotations: { 'trainyard.dev/repositories': repositories } }),
    },
  });

  test.each([undefined, '', 'other/flight-delay', 'acme/other', '*', '*/*', 'acme*', 'acme/flight-delay-2'])(
    'into a namespace that is open to %j makes nothing',
    async (repositories) => {
      say(namespace(repositories));
      expect(await failureOf(engine.submit(submissionOf(1)))).toMatchObject({
        code: 'malformed',
        message: expect.stringContaining('not open to acme/flight-delay'),
      });
      expect(asked).toEqual(['GET /api/v1/namespaces/trainyard-runs']);
    },
  );

  test.each(['acme/flight-delay', 'x/y, ACME/*'])('into one that is open to %j goes on', async (repositories) => {
    say(namespace(repositories));
    await failureOf(engine.submit({ ...submissionOf(1), repository: RepositoryName.parse('acme/flight-delay') }));
    expect(asked.length).toBeGreaterThan(1);
  });

  test('makes the NetworkPolicy before the Job, and the Secret after it', async () => {
    answer = (_, response) => {
      const metadata = { ...namespace('acme/*').metadata, uid: 'u', creationTimestamp: '2026-11-22T15:00:00Z' };
      response.end(JSON.stringify({ metadata, spec: {} }));
    };
    await engine.submit(submissionOf(1));
    expect(asked.map((line) => line.split('/').at(-1))).toEqual([
      'trainyard-runs',
      'networkpolicies',
      'jobs',
      'secrets',
    ]);
  });

  test('finds another order under its name, and leaves it alone', async () => {
    answer = (request, response) => {
      const metadata = { ...namespace('acme/*').metadata, uid: 'u', creationTimestamp: '2026-11-22T15:00:00Z' };
      if (request.method === 'POST' && request.url?.includes('/jobs')) {
        return void response.writeHead(409).end(JSON.stringify({ reason: 'AlreadyExists' }));
      }
      response.end(JSON.stringify({ metadata, spec: {} }));
    };
    expect(await failureOf(engine.submit(submissionOf(1)))).toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('very order'),
    });
    expect(asked.some((line) => line.includes('secrets'))).toBe(false);
  });
});

test.each(['http://10.0.0.1:8080', 'ftp://example.com', 'not an address'])(
  'the cluster %s is refused: its token would go in clear',
  (address) => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'c', server: address, skipTLSVerify: false }, { name: 'u', token: 't' });
    expect(() => clusterOf(config)).toThrow(expect.objectContaining({ code: 'forbidden' }));
  },
);
