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
    const told = tracker(answer).track('e', run);
    await expect(told).rejects.toMatchObject({ code });
    await expect(told).rejects.toThrow(says);
  });

  test('never leads elsewhere, and the credential goes to the server alone', async () => {
    await expect(tracker(() => new Response('', { status: 500 })).track('e', run)).rejects.toThrow();
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
    await expect(broken.track('e', run)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('https://mlflow.example.com could not be reached'),
    });
  });
});
