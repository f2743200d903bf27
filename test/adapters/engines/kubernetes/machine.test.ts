import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMachine } from '../../../../adapters/engines/kubernetes/pod/machine.ts';
import { sha256Hex } from '../../../../core/canonical.ts';
import { TrainEnvironment } from '../../../../core/training/environment.ts';

const SAID = `lock pip
system Linux 6.8.0-45-generic x86_64
cpu AMD EPYC 7763 64-Core Processor
cpus 8
memory 32614376
python 3.12.4
package numpy==2.1.0
package Typing_Extensions==4.12.2
gpu NVIDIA A100-SXM4-80GB, 81920, 550.54.15
gpu NVIDIA A100-SXM4-80GB, [N/A], 550.54.15
`;

test('what a launcher says of its container is read, in whatever order', () => {
  const gpu = { name: 'NVIDIA A100-SXM4-80GB', driver: '550.54.15' };
  const wanted = {
    lock: 'pip',
    python: '3.12.4',
    packages: { digest: sha256Hex('numpy==2.1.0\ntyping-extensions==4.12.2'), count: 2 },
    image: null,
    system: 'linux 6.8.0-45-generic x86_64',
    cpu: { model: 'AMD EPYC 7763 64-Core Processor', count: 8 },
    memory: 32614376 * 1024,
    gpus: [
      { ...gpu, memory: 81920 * 2 ** 20 },
      { ...gpu, memory: null },
    ],
  };
  expect(parseMachine(SAID)).toEqual(wanted);
  const [first, second, ...rest] = SAID.split('\n');
  expect(parseMachine([...rest, second, first].join('\n'))).toEqual(wanted);
});

test('an image without these programs says as much as it can', () => {
  expect(parseMachine('system \ncpu \ncpus \nmemory \n')).toBeNull();
  expect(parseMachine('system Linux 6.8.0 x86_64\ncpu \ncpus \nmemory 1\n')).toMatchObject({
    lock: null,
    python: null,
    packages: null,
    cpu: { model: 'unknown', count: 0 },
    gpus: [],
  });
});

test('a lock of a tool that there is not makes all of it unreadable', () => {
  expect(parseMachine(`${SAID.replace('lock pip', 'lock rm -rf')}`)).toBeNull();
});

test('whatever is said, what is taken has the form of the record', () => {
  const word = fc.constantFrom('lock', 'system', 'cpu', 'cpus', 'memory', 'python', 'package', 'gpu', 'other');
  const line = fc.tuple(word, fc.oneof(fc.string(), fc.constantFrom('-1', '1e999', '9'.repeat(400), 'a,b,c')));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const found = parseMachine(lines.map((parts) => parts.join(' ')).join('\n'));
      if (found !== null) expect(TrainEnvironment.parse(found)).toEqual(found);
    }),
  );
});
