import { expect, test } from 'vitest';
import { type ComputeSettings, computePort } from '../../../adapters/engines/compute.ts';
import { PolicyConfig } from '../../../core/config/policy.ts';
import { RepositoryName } from '../../../core/names.ts';
import { runId } from '../../core/samples.ts';

const NOTHING: ComputeSettings = { engines: { kubernetes: null, ray: null }, store: null };
const STORE: ComputeSettings['store'] = {
  buckets: ['team-runs'],
  endpoint: 'https://minio.example.com',
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
};
const portWith = (settings: Partial<ComputeSettings>) =>
  computePort({
    settings: { ...NOTHING, ...settings },
    repository: RepositoryName.parse('team/planes'),
    ingest: async () => null,
    clock: () => 0,
  });
const policy = (s3?: object) => PolicyConfig.parse(s3 === undefined ? {} : { store: { s3 } });
const OWN = { bucket: 'team-runs', endpoint: 'https://minio.example.com/' };

test('a store that policy names and the App was set up for is opened', async () => {
  const store = await portWith({ store: STORE }).store(policy(OWN));
  const { url } = await store.sign(runId(1), 'output.tar', 'GET', 60);
  expect(url).toMatch(/^https:\/\/minio\.example\.com\/team-runs\/team\/planes\//);
});

test.each([
  ['policy names none', STORE, undefined, 'malformed', 'expected policy.store'],
  ['the App was given none', null, OWN, 'forbidden', 'TRAINYARD_STORE_BUCKETS'],
  ['it is another bucket', STORE, { ...OWN, bucket: 'payroll' }, 'forbidden', 'the bucket payroll'],
  ['it is at another endpoint', STORE, { ...OWN, endpoint: 'https://evil.example' }, 'forbidden', 'go nowhere else'],
  ['it is Amazon’s and the App’s is not', STORE, { bucket: 'team-runs' }, 'forbidden', 'go nowhere else'],
])('no store is opened where %s', async (_what, store, s3, code, message) => {
  await expect(portWith({ store }).store(policy(s3))).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test('an engine that the App holds no credentials for is refused with the setting that it needs', async () => {
  const given = PolicyConfig.parse({
    engine_options: {
      kubernetes: { namespace: 'training', image: 'python:3.12', agent: 'example.com/agent:1' },
    },
  });
  await expect(portWith({}).engine('kubernetes', given)).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('TRAINYARD_KUBECONFIG'),
  });
});

test.each([
  ['http://ray.example.com:8265/', null],
  ['http://evil.example:8265', 'its token goes nowhere else'],
])('the Ray cluster at %s is asked only if it is the App’s own', async (address, refusal) => {
  const ray = { address: 'http://ray.example.com:8265', token: 'secret' };
  const given = PolicyConfig.parse({ engine_options: { ray: { address } } });
  const opened = portWith({ engines: { kubernetes: null, ray } }).engine('ray', given);
  if (refusal === null) await expect(opened).resolves.toBeDefined();
  else await expect(opened).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining(refusal) });
});

test('options that an engine does not know are refused by their names', async () => {
  const given = PolicyConfig.parse({ engine_options: { kubernetes: { namespace: 'training', privileged: true } } });
  await expect(portWith({}).engine('kubernetes', given)).rejects.toMatchObject({
    code: 'malformed',
    message: expect.stringMatching(/policy\.engine_options\.kubernetes[\s\S]*privileged/),
  });
});
