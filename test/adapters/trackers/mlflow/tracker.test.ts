import { afterEach, describe, expect, test } from 'vitest';
import { mlflowTracker } from '../../../../adapters/trackers/mlflow/tracker.ts';
import type { TrackedRun } from '../../../../core/training/tracking.ts';
import { runId } from '../../../core/samples.ts';

/** Faults at the wire; test/adapters/trackers/mlflow/tracker.counterpart.test.ts asks the real server. */
const run: TrackedRun = {
  ...{ run: runId(1), name: 'm', status: 'FINISHED', start: 1, end: 2, params: [], tags: [], metrics: [] },
};
let asked: Request[] = [];
afterEach(() => {
  asked = [];
});
const answering = (answer: () => Response): typeof fetch => {
  return async (input, init) => {
    asked.push(new Request(input, init));
    return answer();
  };
};
const tracker = (answer: () => Response) =>
  mlflowTracker({ uri: 'https://mlflow.example.com/team', authorization: 'Bearer word', request: answering(answer) });

describe('an answer of the server', () => {
  test.each([
    ['401', () => new Response('no', { status: 401 }), 'forbidden', /MLFLOW_TRACKING_TOKEN/],
    ['403', () => Response.json({ error_code: 'PERMISSION_DENIED', message: 'x' }, { status: 403 }), 'forbidden', /x/],
    ['429', () => new Response('', { status: 429 }), 'rate_limited', /429/],
    ['500', () => new Response('', { status: 500 }), 'unavailable', /500/],
    ['a page of HTML', () => new Response('<html>'), 'malformed', /is the address the server’s/],
    ['an experiment without its id', () => Response.json({ experiment: {} }), 'malformed', /REST API/],
    ['more than it may', () => new Response(new Uint8Array(5 << 20)), 'malformed', /more than/],
  ])('%s is refused as what it is', async (_, answer, code, says) => {
    const told = tracker(answer).track('e', run, []);
    await expect(told).rejects.toMatchObject({ code });
    await expect(told).rejects.toThrow(says);
  });

  test('never leads elsewhere, and the credential goes to the server alone', async () => {
    await expect(tracker(() => new Response('', { status: 500 })).track('e', run, [])).rejects.toThrow();
    expect(asked.map(({ redirect }) => redirect)).toEqual(['error']);
    expect(asked[0]?.url).toMatch(
      /^https:\/\/mlflow\.example\.com\/team\/api\/2\.0\/mlflow\/experiments\/get-by-name\?/,
    );
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer word');
  });

  test('that does not come is reported with the host alone', async () => {
    const broken = mlflowTracker({
      ...{ uri: 'https://mlflow.example.com', authorization: null },
      request: () => Promise.reject(new TypeError('fetch failed')),
    });
    await expect(broken.track('e', run, [])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('https://mlflow.example.com could not be reached'),
    });
  });
});

describe('artifacts of a run', () => {
  const report = { path: 'trainyard/report.md', contentType: 'text/markdown', bytes: Buffer.from('held') };
  /** A server that answers as MLflow does, with this place for a run's artifacts. */
  const server = (artifactUri: string, put = 200) =>
    mlflowTracker({
      ...{ uri: 'https://mlflow.example.com/team', authorization: 'Bearer word' },
      async request(input, init) {
        const request = new Request(input, init);
        asked.push(request);
        if (request.method === 'PUT') return Response.json({}, { status: put });
        if (request.url.includes('get-by-name'))
          return Response.json({ experiment: { experiment_id: '7', lifecycle_stage: 'active' } });
        const found = { info: { run_id: 'abc', status: 'RUNNING', artifact_uri: artifactUri } };
        return Response.json({ runs: [found] });
      },
    });
  const puts = () => asked.filter(({ method }) => method === 'PUT');

  test.each(['mlflow-artifacts:/7/abc/artifacts', 'mlflow-artifacts://other.example.com/7/abc/artifacts'])(
    'are put to the server itself, wherever it says that they lie (%s)',
    async (uri) => {
      expect(await server(uri).track('e', run, [report])).toMatchObject({ withoutArtifacts: null });
      expect(
        puts().map(({ url, headers }) => [url, headers.get('authorization'), headers.get('content-type')]),
      ).toEqual([
        [
          'https://mlflow.example.com/team/api/2.0/mlflow-artifacts/artifacts/7/abc/artifacts/trainyard/report.md',
          'Bearer word',
          'text/markdown',
        ],
      ]);
      expect(puts()[0]?.redirect).toBe('error');
    },
  );

  test.each(['s3://bucket/7/abc', '', 'mlflow-artifacts:/7/../../api', 'file:///etc'])(
    'stay where the server does not store them itself (%j), and the run is logged all the same',
    async (uri) => {
      const { withoutArtifacts } = await server(uri).track('e', run, [report]);
      expect(withoutArtifacts).toContain('--serve-artifacts');
      expect(puts()).toEqual([]);
      expect(asked.at(-1)?.url).toContain('runs/update');
    },
  );

  test.each([
    ['lets nobody store', 403, { withoutArtifacts: expect.stringContaining('403'), leftOut: [] }],
    ['does not take one', 400, { withoutArtifacts: null, leftOut: [expect.stringContaining('trainyard/report.md')] }],
  ])('keep no run from being told as ended where the server %s', async (_, status, expected) => {
    expect(await server('mlflow-artifacts:/7/abc/artifacts', status).track('e', run, [report])).toMatchObject(expected);
    expect(asked.at(-1)?.url).toContain('runs/update');
  });

  test('that can’t be put now keep the run from being told as ended', async () => {
    const told = server('mlflow-artifacts:/7/abc/artifacts', 503).track('e', run, [report]);
    await expect(told).rejects.toMatchObject({ code: 'unavailable' });
    expect(asked.some(({ url }) => url.includes('runs/update'))).toBe(false);
  });
});
