import { join } from 'node:path';
import { pythonEnvironment } from '../scripts/python-environment.ts';
import { type Cost, costOf } from './process-cost.ts';

export interface Peer {
  readonly name: string;
  /** As pip takes them; an environment of its own for each peer, as they pin each other's dependencies. */
  readonly packages: readonly string[];
  /** In this folder; given the data's paths it does its work and exits. */
  readonly script: string;
}

export const PEERS = {
  pandas: { name: 'pandas 3', packages: ['pandas==3.1.1', 'pyarrow==26.0.1'], script: 'data-pandas.py' },
  /** Text as Python objects, before it was Arrow's by default. */
  pandas2: { name: 'pandas 2', packages: ['pandas==2.3.3', 'pyarrow==26.0.1'], script: 'data-pandas.py' },
  pandera: {
    name: 'pandera',
    packages: ['pandera[pandas]==0.35.0', 'pandas==3.1.1', 'pyarrow==26.0.1'],
    script: 'data-pandera.py',
  },
  expectations: {
    name: 'great_expectations',
    packages: ['great_expectations==1.24.1', 'pandas==3.1.1'],
    script: 'data-expectations.py',
  },
  frictionless: { name: 'frictionless', packages: ['frictionless==5.21.0'], script: 'data-frictionless.py' },
  evidently: {
    name: 'evidently',
    packages: ['evidently==0.7.23', 'pandas==2.3.3', 'pyarrow==26.0.1'],
    script: 'data-evidently.py',
  },
} as const satisfies Readonly<Record<string, Peer>>;

/**
 * One run, process and all, as a job would run it; null, and why on standard error, where the peer can't be installed or
 * does not finish in a quarter of an hour.
 */
export function peerCost(peer: Peer, args: readonly string[]): Cost | null {
  try {
    return costOf(join(pythonEnvironment({ packages: peer.packages }), 'python'), [
      join(import.meta.dirname, peer.script),
      ...args,
    ]);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error);
    process.stderr.write(`${peer.name} is left out: ${why.slice(0, 300)}\n`);
    return null;
  }
}
