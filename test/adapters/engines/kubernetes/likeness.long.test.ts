import { afterAll, beforeAll, describe } from 'vitest';
import { answersLikeKubernetes } from './likeness.ts';
import { type Bridge, startBridge } from './real/bridge.ts';
import { type RealCluster, startCluster } from './real/start.ts';

/** The steps that test/fakes/kubernetes/server.test.ts goes through, with a real kube-apiserver. */
let cluster: RealCluster;
let bridge: Bridge;

beforeAll(async () => {
  cluster = await startCluster();
  bridge = await startBridge(cluster.port);
});
afterAll(async () => {
  await bridge?.close();
  await cluster?.stop();
});

describe('a real API server', () => {
  answersLikeKubernetes(() => ({ url: bridge.url, token: cluster.token }));
});
