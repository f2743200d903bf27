import { afterEach, expect, test } from 'vitest';
import { unpackTar } from '../../../core/packaging/tar.ts';
import { launchRun } from '../../../flows/launch.ts';
import { type Computing, RUN, startComputing } from './world.ts';

/** A model that a stage of dvc.yaml trains, on a compute engine. */
let computing: Computing;
afterEach(() => computing.close());

const DVC = `stages:
  fit:
    cmd: python train.py
    deps: [train.py, src]
    params: [rate]
    outs: [model.bin]
`;

async function launched(paramsYaml: string) {
  computing = await startComputing('', '', {
    command: 'stage: fit, params: { rate: { type: number, default: 0.25 } }',
    files: { 'dvc.yaml': DVC, 'params.yaml': paramsYaml },
  });
  return launchRun(computing.ports, await computing.draft());
}

test('a stage is one command that hands its outputs over, and finds the run’s parameters in params.yaml', async () => {
  expect(await launched('# kept\nrate: 0.5 # too\nepochs: 3\n')).toMatchObject({ kind: 'launched' });
  const [submission] = computing.cluster.submissions;
  // The machine has to know what to look for, and which files are metrics.
  expect(submission?.order.stage).toEqual({ outs: ['model.bin'], metrics: [], plots: [] });
  expect(submission?.order.command).toContain('python train.py\n)\n');
  expect(submission?.order.command).toContain(`"$TRAINYARD_OUTPUT"/'model.bin'`);
  const tar = unpackTar(computing.shelf.objects.get(`${RUN}/inputs.tar`) ?? Buffer.alloc(0));
  const files = Object.fromEntries(tar.map(({ path, content }) => [path, Buffer.from(content).toString()]));
  expect(Object.keys(files)).toEqual(['params.yaml', 'src/model.py', 'train.py']);
  expect(files['params.yaml']).toBe('# kept\nrate: 0.25 # too\nepochs: 3\n');
  // The engine may bring them itself, and brings the same.
  const own: Uint8Array[] = [];
  for await (const chunk of submission?.inputs() ?? []) own.push(chunk);
  expect(Buffer.concat(own)).toEqual(computing.shelf.objects.get(`${RUN}/inputs.tar`));
});

test('a parameter that could be any of several of params.yaml is refused before the engine is asked', async () => {
  const found = await launched('rate: { a: { rate: 1 }, b: { rate: 2 } }\n');
  expect(found).toMatchObject({ kind: 'not_launched', message: expect.stringContaining('in several places') });
  expect([computing.cluster.submissions, computing.shelf.objects.size]).toEqual([[], 0]);
});
