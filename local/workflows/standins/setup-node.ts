import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StandIn, StandInStep } from '../stand-in.ts';

/** Stands for actions/setup-node: offers the Node.js that runs this server, or the one on the PATH. */
export const setupNode: StandIn = {
  name: 'actions/setup-node',
  inputs: {
    'node-version': '',
    'node-version-file': '',
    architecture: '',
    'check-latest': 'false',
    'registry-url': '',
    scope: '',
    token: '',
    cache: '',
    'package-manager-cache': 'true',
    'cache-dependency-path': '',
  },
  async run(step) {
    for (const name of ['cache', 'node-version-file', 'registry-url']) {
      if ((step.inputs[name] ?? '') !== '') throw new Error(`the local GitHub's actions/setup-node has no \`${name}\``);
    }
    const wanted = (step.inputs['node-version'] ?? '').replace(/^v/, '');
    const own = process.version.slice(1);
    if (matches(own, wanted)) {
      step.addPath(await offer(step, own, process.execPath));
      step.output('node-version', `v${own}`);
      return;
    }
    const onPath = await step
      .execute('node', ['--version'], { output: 'none' })
      .catch(() => ({ code: 127, stdout: '' }));
    const version = onPath.stdout.trim().replace(/^v/, '');
    if (onPath.code !== 0 || !matches(version, wanted)) {
      throw new Error(`Expected Node.js ${wanted} on this machine, found ${own} and ${version || 'none on the PATH'}`);
    }
    step.output('node-version', `v${version}`);
  },
};

function matches(version: string, wanted: string): boolean {
  if (wanted === '' || wanted === 'node' || wanted === 'current' || wanted === 'latest' || wanted.startsWith('lts'))
    return true;
  const own = version.split('.');
  return wanted
    .split('.')
    .filter((part) => part !== 'x' && part !== '*')
    .every((part, index) => own[index] === part);
}

async function offer(step: StandInStep, version: string, executable: string): Promise<string> {
  const directory = join(step.toolCache, 'node', version, 'x64', 'bin');
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory);
  await symlink(executable, join(directory, 'node'));
  return directory;
}
