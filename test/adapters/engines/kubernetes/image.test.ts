import { expect, test } from 'vitest';
import { trainingImage } from '../../../../adapters/engines/kubernetes/end.ts';
import { PodView } from '../../../../adapters/engines/kubernetes/objects.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const TIME = '2026-11-22T15:00:00Z';
const pod = (name: string, imageID: string): PodView =>
  PodView.parse({
    metadata: { name: 'pod', uid: 'u', creationTimestamp: TIME },
    spec: { nodeName: 'node' },
    status: { containerStatuses: [{ name, imageID }] },
  });

test.each([
  ['with its digest', `docker.io/team/train@${DIGEST}`, `docker.io/team/train@${DIGEST}`],
  ['as Docker says it', `docker-pullable://team/train@${DIGEST}`, `team/train@${DIGEST}`],
  ['by its digest alone, where the name is too long', `registry.example.com/${'n'.repeat(200)}@${DIGEST}`, DIGEST],
  ['not at all where it has none', 'docker.io/team/train:latest', null],
  ['not at all while it was not pulled', '', null],
])('the image of the command is told %s', (_, imageID, told) => {
  expect(trainingImage(pod('train', imageID))).toBe(told);
});

test('the image of another container is not', () => {
  expect(trainingImage(pod('collector', `team/agent@${DIGEST}`))).toBeNull();
});
