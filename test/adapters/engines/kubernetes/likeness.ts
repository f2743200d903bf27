import { expect, test } from 'vitest';
import { jobManifest } from '../../../../adapters/engines/kubernetes/job.ts';
import { networkPolicy } from '../../../../adapters/engines/kubernetes/network-policy.ts';
import type { Json } from '../../../fakes/kubernetes/json.ts';
import { OPTIONS, submissionOf } from './submission.ts';

const CORE = '/api/v1/namespaces/trainyard-runs';
const JOBS = '/apis/batch/v1/namespaces/trainyard-runs/jobs';
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/trainyard-runs/networkpolicies';
const MERGE = 'application/merge-patch+json';
const job: Json = jobManifest(submissionOf(700), OPTIONS);
const JOB = `${JOBS}/${job.metadata.name}`;
const policy: Json = networkPolicy('open', OPTIONS);
const misspelt = { ...job, spec: { ...job.spec, backofLimit: 0 } };
const otherTemplate = { spec: { template: { spec: { containers: [] } } } };

interface Step {
  readonly what: string;
  readonly ask: readonly [method: string, path: string, body?: Json, type?: string];
  readonly answer: number;
  /** Of the `Status` that refuses. */
  readonly reason?: string;
  readonly token?: string;
}

/** In this order, each upon what those before it left. */
const STEPS: readonly Step[] = [
  { what: 'shows its own namespace', ask: ['GET', CORE], answer: 200 },
  { what: 'shows no other namespace', ask: ['GET', '/api/v1/namespaces/default'], answer: 403, reason: 'Forbidden' },
  { what: 'shows no Secret', ask: ['GET', `${CORE}/secrets/some`], answer: 403, reason: 'Forbidden' },
  { what: 'knows nobody without a token', ask: ['GET', CORE], token: 'nobody', answer: 401, reason: 'Unauthorized' },
  { what: 'has no such Job', ask: ['GET', JOB], answer: 404, reason: 'NotFound' },
  {
    what: 'takes no field that it does not know',
    ask: ['POST', `${JOBS}?fieldValidation=Strict`, misspelt],
    answer: 400,
    reason: 'BadRequest',
  },
  {
    what: 'takes no object of another namespace',
    ask: ['POST', JOBS, { ...job, metadata: { ...job.metadata, namespace: 'default' } }],
    answer: 400,
    reason: 'BadRequest',
  },
  { what: 'makes a Job', ask: ['POST', `${JOBS}?fieldValidation=Strict`, job], answer: 201 },
  { what: 'makes it once', ask: ['POST', JOBS, job], answer: 409, reason: 'AlreadyExists' },
  {
    what: 'changes nothing that has changed meanwhile',
    ask: ['PATCH', JOB, { metadata: { resourceVersion: '1' } }, MERGE],
    answer: 409,
    reason: 'Conflict',
  },
  {
    what: 'does not change what a Job runs',
    ask: ['PATCH', JOB, otherTemplate, MERGE],
    answer: 422,
    reason: 'Invalid',
  },
  {
    what: 'takes no patch of a type that it does not know',
    ask: ['PATCH', JOB, { metadata: {} }, 'application/json'],
    answer: 415,
    reason: 'UnsupportedMediaType',
  },
  { what: 'changes a deadline', ask: ['PATCH', JOB, { spec: { activeDeadlineSeconds: 9000 } }, MERGE], answer: 200 },
  { what: 'lists pods by a label', ask: ['GET', `${CORE}/pods?labelSelector=trainyard.dev/run=none`], answer: 200 },
  {
    what: 'has no log of no pod',
    ask: ['GET', `${CORE}/pods/none/log?container=train`],
    answer: 404,
    reason: 'NotFound',
  },
  {
    what: 'patches no Secret that is not there',
    ask: ['PATCH', `${CORE}/secrets/none`, { stringData: {} }, MERGE],
    answer: 404,
    reason: 'NotFound',
  },
  { what: 'makes a NetworkPolicy', ask: ['POST', POLICIES, policy], answer: 201 },
  { what: 'makes that once, too', ask: ['POST', POLICIES, policy], answer: 409, reason: 'AlreadyExists' },
  {
    what: 'deletes a Job',
    ask: ['DELETE', JOB, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' }],
    answer: 200,
  },
  { what: 'deletes no Job that is not there', ask: ['DELETE', `${JOBS}/none`], answer: 404, reason: 'NotFound' },
];

/** Holds an API server to what a real one answers to the App: both are run through the same steps. */
export function answersLikeKubernetes(server: () => { readonly url: string; readonly token: string }): void {
  test.each(STEPS)('$what', async ({ ask: [method, path, body, type = 'application/json'], answer, reason, token }) => {
    const { url, token: ours } = server();
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { authorization: `Bearer ${token ?? ours}`, 'content-type': type };
    const response = await fetch(`${url}${path}`, { method, headers, ...sent });
    const said: Json = await response.json();
    expect([response.status, said.reason]).toEqual([answer, reason]);
    if (reason !== undefined) expect(said).toMatchObject({ kind: 'Status', status: 'Failure', code: answer });
  });
}
