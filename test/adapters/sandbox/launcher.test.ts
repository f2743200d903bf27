import { expect, test } from 'vitest';
import { argumentsOf, launchers } from '../../../adapters/sandbox/launcher.ts';

test('root needs no help, and anybody else prefers a way that gives another uid', () => {
  expect(launchers(0).map(({ name, mode }) => `${name} ${mode}`)).toEqual(['root switch']);
  expect(launchers(1000).map(({ name, mode }) => `${name} ${mode}`)).toEqual([
    'subordinate-ids switch',
    'sudo switch',
    'user-namespace keep',
  ]);
});

test('every way has namespaces of its own for network, processes and mounts', () => {
  for (const { prefix } of [...launchers(0), ...launchers(1000)]) {
    expect(prefix).toEqual(expect.arrayContaining(['--net', '--pid', '--mount', '--ipc', '--fork']));
  }
});

test('the command is one argument, whatever it holds', () => {
  const [launcher] = launchers(0);
  if (launcher === undefined) throw new Error('no launcher');
  const command = 'echo "$HOME"; `id` \'; rm -rf /';
  const argv = argumentsOf(launcher, {
    root: '/scratch/root',
    cwd: '/code',
    command,
    environment: { A: 'b c' },
    mounts: [{ kind: 'data', path: '/with space' }],
    seconds: 1.2,
    output: null,
  });
  expect(argv.at(-1)).toBe(command);
  expect(argv).toContain('A=b c');
  expect(argv).toContain('/with space');
  expect(argv).toContain('2');
});
