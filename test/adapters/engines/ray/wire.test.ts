import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RayClient } from '../../../../adapters/engines/ray/client.ts';
import { rayEngine } from '../../../../adapters/engines/ray/engine.ts';
import { jobRequest, lacking, reservation } from '../../../../adapters/engines/ray/job.ts';
import { RayOptions } from '../../../../adapters/engines/ray/options.ts';
import { ExecutionId, Observation } from '../../../../core/training/execution.ts';
import { PortError } from '../../../../flows/ports.ts';
import { type ObjectServer, startObjectServer } from './store.ts';
import { submissionOf } from './submission.ts';

/** A head that answers whatever a test wants: what a cluster in other hands may do. */
let server: Server;
let address: string;
let answer: (message: IncomingMessage, response: ServerResponse) => void;
let asked: IncomingMessage[];
let store: ObjectServer;
const execution = ExecutionId.parse('trainyard-1-1');

beforeAll(async () => {
  server = createServer((message, response) => {
    asked.push(message);
    answer(message, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  address = `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
  store = await startObjectServer();
});
beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await store.close();
});

const engine = (options: Readonly<Record<string, unknown>> = {}) =>
  rayEngine(RayOptions.parse({ address, ...options }), { token: 'cluster-token' });
const says = (status: number, body: unknown) => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
};
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof PortError ? error.code : error),
  );

describe('the wire to a Ray cluster', () => {
  test.each([
    [401, 'forbidden'],
    [403, 'forbidden'],
    [405, 'malformed'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('an answer of %d is told as %s', async (status, code) => {
    answer = says(status, 'no');
    expect(await codeOf(engine().observe(execution))).toBe(code);
  });

  test('a redirect is refused, and the token goes nowhere', async () => {
    answer = (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    expect(await codeOf(engine().observe(execution))).toBe('malformed');
    expect(asked).toHaveLength(1);
  });

  test('the token is sent, and nothing that Ray takes for a browser', async () => {
    answer = says(404, 'none');
    expect(await engine().observe(execution)).toEqual({ state: 'absent' });
    expect(asked[0]?.headers.authorization).toBe('Bearer cluster-token');
    expect(Object.keys(asked[0]?.headers ?? {}).filter((name) => /^(sec-|origin|referer)/.test(name))).toEqual([]);
  });

  test('an answer without end is cut', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20, 0x20)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect(await codeOf(engine().observe(execution))).toBe('malformed');
  });

  test.each([
    ['a whole answer', (client: RayClient) => client.json({ method: 'GET', path: '/api/jobs/' }, z.unknown())],
    ['a piece of one', (client: RayClient) => client.range({ method: 'GET', path: '/log' }, 0, 1 << 20)],
  ])('%s that comes a byte now and then holds nobody for long', async (_, call) => {
    let trickling: NodeJS.Timeout | undefined;
    answer = (_message, response) => {
      response.writeHead(200);
      trickling = setInterval(() => response.write(' '), 20);
    };
    expect(await codeOf(call(new RayClient(address, null, 200)))).toBe('unavailable');
    clearInterval(trickling);
  });

  test.each(['<!doctype html><title>Sign in</title>', '', '{"submission_id":', '\uFFFF\uFFFE'])(
    'a page of somebody else’s in the place of an answer (%j) ends no run',
    async (body) => {
      answer = says(200, body);
      expect(await codeOf(engine().observe(execution))).toBe('unavailable');
      expect(await codeOf(engine().cancel(execution))).toBe('unavailable');
    },
  );

  test('a connection that is refused is unavailable', async () => {
    const closed = rayEngine(RayOptions.parse({ address: 'http://127.0.0.1:1' }), { token: null });
    expect(await codeOf(closed.observe(execution))).toBe('unavailable');
  });

  test('whatever a head says of a job, an observation is one that the contract knows, or a PortError', async () => {
    const job = fc.record(
      {
        type: fc.constant('SUBMISSION'),
        submission_id: fc.constant('trainyard-1-1'),
        status: fc.constantFrom('PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED', 'ODD'),
        message: fc.oneof(fc.string(), fc.constant(null), fc.integer()),
        error_type: fc.oneof(fc.string(), fc.constantFrom('JOB_SUPERVISOR_ACTOR_DIED', '__proto__')),
        start_time: fc.oneof(fc.double(), fc.integer(), fc.constant(null)),
        end_time: fc.oneof(fc.maxSafeInteger(), fc.constant('soon')),
        metadata: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.anything()),
        driver_node_id: fc.oneof(fc.string(), fc.constant('../..')),
        driver_exit_code: fc.oneof(fc.integer(), fc.double()),
      },
      { requiredKeys: ['type'] },
    );
    await fc.assert(
      fc.asyncProperty(job, async (body) => {
        answer = (message, response) =>
          says(message.url?.startsWith('/api/jobs/') === true ? 200 : 404, body)(message, response);
        const seen = await engine()
          .observe(execution)
          .catch((error: unknown) => error);
        if (seen instanceof PortError) expect(['malformed', 'unavailable']).toContain(seen.code);
        else expect(() => Observation.parse(seen)).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });

  test('a job of another run under the same name is not taken for ours', async () => {
    answer = says(200, { ...JOB, metadata: { trainyard_run: 'another' } });
    expect(await codeOf(engine().submit(submissionOf(store, { command: 'true' })))).toBe('exists_otherwise');
  });

  test('of a segment of log, no more is read than was asked for', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(1 << 20, 'abcdefghij'));
    };
    const client = new RayClient(address, null);
    const piece = await client.range({ method: 'GET', path: '/x' }, 3, 5);
    expect(String(piece)).toBe('defgh');
  });
});

const JOB = {
  type: 'SUBMISSION',
  submission_id: 'trainyard-1-1',
  job_id: null,
  status: 'RUNNING',
  message: null,
  error_type: null,
  start_time: 1,
  end_time: null,
  metadata: null,
  driver_node_id: null,
  driver_exit_code: null,
};

describe('what is asked of Ray', () => {
  const options = (more: object = {}) => RayOptions.parse({ address: 'https://ray.example.com', ...more });
  const machine = (resources: Readonly<Record<string, number>>, labels: Readonly<Record<string, string>> = {}) => ({
    node_id: 'a',
    state: 'ALIVE',
    resources_total: resources,
    labels,
  });

  test('the command reserves its resources, and the GPU by the name that policy gives it', () => {
    const submission = submissionOf(store, {
      command: 'x',
      resources: { gpus: 2, gpu: 'a100', cpus: 8, memory: 1024 },
    });
    const gpus = { a100: { labels: { 'ray.io/accelerator-type': 'A100' }, resources: { fast: 1 } } };
    const reserved = reservation(submission, options({ gpus }));
    expect(reserved).toEqual({
      resources: { CPU: 8, GPU: 2, memory: 1024, fast: 1 },
      labels: { 'ray.io/accelerator-type': 'A100' },
    });
    expect(jobRequest(submission, reserved, { uri: 'gcs://p.zip', lock: null })).toMatchObject({
      submission_id: submission.execution,
      entrypoint_num_cpus: 8,
      entrypoint_num_gpus: 2,
      entrypoint_memory: 1024,
      entrypoint_resources: { fast: 1 },
      entrypoint_label_selector: { 'ray.io/accelerator-type': 'A100' },
    });
  });

  test('no address of the store and no token is in what Ray shows of a job', () => {
    const submission = submissionOf(store, { command: 'echo secret-command' });
    const body = jobRequest(submission, reservation(submission, options()), { uri: 'gcs://p.zip', lock: null });
    expect(JSON.stringify(body)).not.toMatch(/signature|run-token|secret-command/);
  });

  test('a GPU without a name in policy is asked for as Ray names it', () => {
    const submission = submissionOf(store, { command: 'x', resources: { gpus: 1, gpu: 'h100' } });
    expect(reservation(submission, options()).resources).toMatchObject({ GPU: 1, 'accelerator_type:H100': 0.001 });
  });

  test('where workers reserve, the command takes one CPU', () => {
    const submission = submissionOf(store, { command: 'x', resources: { gpus: 64, cpus: 100 } });
    expect(reservation(submission, options({ reserve: 'workers' })).resources).toEqual({ CPU: 1 });
  });

  test('several machines are taken by workers, and refused to a command that reserves for itself', () => {
    const submission = submissionOf(store, { command: 'x', resources: { gpus: 8, nodes: 4 } });
    expect(() => reservation(submission, options())).toThrow(/resources\.nodes is 4.*reserve to workers/);
    const reserved = reservation(submission, options({ reserve: 'workers' }));
    expect(jobRequest(submission, reserved, { uri: 'gcs://p.zip', lock: null })).toMatchObject({
      entrypoint_num_cpus: 1,
      entrypoint_num_gpus: 0,
      metadata: { trainyard_gpus: '32', trainyard_machines: '4' },
    });
  });

  test.each([
    ['one resource', { CPU: 1, GPU: 4 }, {}, 'no machine of the cluster has 4 GPU (the most that one has is 2)'],
    ['all at once', { CPU: 8, GPU: 2 }, {}, 'no machine of the cluster has all of 8 CPU, 2 GPU at once'],
    ['a label', { CPU: 1 }, { zone: 'c' }, 'no machine of the cluster has the labels {"zone":"c"}'],
    ['nothing', { CPU: 1, GPU: 2 }, {}, null],
  ])('says that no machine has %s', (_, resources, labels, why) => {
    const machines = [
      machine({ CPU: 8 }),
      machine({ CPU: 4, GPU: 2 }),
      { ...machine({ GPU: 8, CPU: 99 }), state: 'DEAD' },
    ];
    expect(lacking({ resources, labels }, machines)).toBe(why);
  });

  test.each([
    ['an image', { image: 'registry.example.com/x:1' }, /image/],
    [
      'a lock that pins nothing',
      {
        setup: 'requirements.lock',
        files: [{ path: 'requirements.lock', content: Buffer.from('numpy\n'), executable: false }],
      },
      /requirements.lock:1/,
    ],
    [
      'an option in the lock',
      {
        setup: 'requirements.lock',
        files: [
          { path: 'requirements.lock', content: Buffer.from('--index-url http://evil.example\n'), executable: false },
        ],
      },
      /--index-url/,
    ],
    ['a lock that is not among the inputs', { setup: 'requirements.lock' }, /requirements.lock/],
    [
      'inputs in our own folder',
      { files: [{ path: '.trainyard/main.py', content: Buffer.from('x'), executable: false }] },
      /\.trainyard/,
    ],
  ])('%s is refused before anything is sent', async (_, wanted, message) => {
    answer = says(404, 'none');
    await expect(engine().submit(submissionOf(store, { command: 'true', ...wanted }))).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(message),
    });
    expect(asked.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test.each(['ftp://x', 'http://user:pass@x/', 'http://x/?a=b', 'http://x/#f', 'x'])(
    '%s is no address of a cluster',
    (bad) => {
      expect(RayOptions.safeParse({ address: bad }).success).toBe(false);
    },
  );
});
