import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rayEngine } from '../../../../adapters/engines/ray/engine.ts';
import { RayOptions } from '../../../../adapters/engines/ray/options.ts';
import { RepoPath } from '../../../../core/names.ts';
import type { ExecutionId } from '../../../../core/training/execution.ts';
import type { ComputeEngine } from '../../../../flows/engine-port.ts';
import { type Behaviour, BROKEN_TEXT, type Counterpart, FLOOD, PRINTED } from '../../../contracts/engine.ts';
import { startFaultProxy } from '../../../fakes/fault-proxy.ts';
import type { Plan } from '../../../fakes/faults.ts';
import { type RayCluster, startCluster } from './cluster.ts';
import { startObjectServer } from './store.ts';
import { submissionOf, type Wanted } from './submission.ts';

/** What this Ray can't be brought to, and why. */
export const RAY_LACKS: Counterpart['lacks'] = {
  forgotten: 'the head’s death is shown in lasting.long.test.ts, since it takes the whole cluster along',
  'has an image that can’t be pulled': 'Ray’s machines run one image; the engine refuses any other at once',
  'is over quota': 'Ray knows no quota',
  preempted: 'Ray tells a preemption only where a cloud’s autoscaler drains its machine',
  'needs too much memory': 'see harness.test.ts, where it costs no cluster',
};

const LEAVES = 'echo x > "$TRAINYARD_OUTPUT/model.txt"';
const WAITS = 'echo waiting; sleep 600';

/** Real commands for each behaviour. */
function wanted(behaviour: Behaviour): Wanted {
  switch (behaviour) {
    case 'succeeds':
      return { command: `cat printed.txt; ${LEAVES}`, files: [file('printed.txt', `${PRINTED.join('\n')}\n`)] };
    case 'waits':
      return { command: WAITS };
    case 'is deaf':
      return { command: `trap '' TERM; echo waiting; while true; do sleep 1; done` };
    case 'exits with 3':
      return { command: 'exit 3' };
    case 'is not found':
      return { command: 'no-such-program --epochs 3' };
    case 'leaves nothing':
      return { command: 'true' };
    case 'leaves less than its stage':
      return {
        command: 'echo x > "$TRAINYARD_OUTPUT/a"',
        stage: { outs: ['a', 'b'].map((path) => RepoPath.parse(path)), metrics: [], plots: [] },
      };
    case 'outlives its timeout':
      return { command: WAITS, timeout: 2 };
    case 'prints no UTF-8':
      return { command: `cat broken.bin; ${LEAVES}`, files: [{ ...file('broken.bin', ''), content: BROKEN_TEXT }] };
    case 'floods':
      return { command: `seq -f '%08.0f ${'x'.repeat(90)}' 0 ${Math.ceil(FLOOD / 100)}; ${LEAVES}` };
    case 'has a lock that can’t be installed': {
      const lock = `no-such-package-of-trainyard==1.0 --hash=sha256:${'0'.repeat(64)}\n`;
      return { command: 'true', setup: 'requirements.lock', files: [file('requirements.lock', lock)] };
    }
    case 'asks for 4,096 GPUs':
      return { command: 'true', resources: { gpus: 4096 } };
    case 'has an image that can’t be pulled':
      return { command: 'true', image: 'registry.example.com/none:1' };
    case 'needs too much memory':
    case 'is over quota':
      throw new Error(`not shown: ${behaviour}`);
  }
}

function file(path: string, text: string) {
  return { path, content: Buffer.from(text), executable: false };
}

export async function rayCounterpart(): Promise<Counterpart & { readonly cluster: RayCluster }> {
  const store = await startObjectServer();
  const cluster = await startCluster();
  await cluster.addMachine('first');
  const proxy = await startFaultProxy(cluster.address);
  const options = (address: string) => RayOptions.parse({ address, machines: 'fixed' });
  const engine = (address = cluster.address): ComputeEngine => rayEngine(options(address), { token: cluster.token });
  return {
    cluster,
    engine,
    spoiled: (plan: Plan) => {
      proxy.follow(plan);
      return { engine: engine(proxy.apiUrl), applied: () => proxy.applied().length };
    },
    submission: async (behaviour) => submissionOf(store, wanted(behaviour)),
    started: async (execution) => startsOf(cluster, execution),
    holds: async (execution) => processesOf(execution).length > 0,
    inject: async (fault, execution) => {
      if (fault === 'machine lost') {
        await cluster.loseMachine('first');
        await cluster.addMachine('second');
        return;
      }
      if (fault !== 'engine’s process killed') throw new Error(`not shown: ${fault}`);
      for (const { pid, line } of processesOf(execution)) if (line.includes('main.py')) process.kill(pid, 'SIGKILL');
    },
    lacks: RAY_LACKS,
    // Before it asks pip for anything, Ray copies the environment that it is in, of 600 MB.
    patience: 240,
    stop: async () => {
      await proxy.close();
      await cluster.stop();
      await store.close();
    },
  };
}

/** How often Ray says in its own log of a job that it runs its entry point. */
function startsOf(cluster: RayCluster, execution: ExecutionId): number {
  const logs = cluster.sessions().map((session) => join(session, 'logs', `job-driver-${execution}.log`));
  const texts = logs.filter((log) => existsSync(log)).map((log) => readFileSync(log, 'utf8'));
  return texts.join('').split(`Running entrypoint for job ${execution}:`).length - 1;
}

/** Processes of this machine that work for an execution: the harness, the command, and what they began. */
export function processesOf(execution: ExecutionId): readonly { readonly pid: number; readonly line: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'latin1');
      const line = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ');
      const isOf = environment.includes(`"job_submission_id": "${execution}"`) || environment.includes(execution);
      return isOf && !line.startsWith('ray::') && line !== '' ? [{ pid: Number(name), line }] : [];
    } catch {
      return [];
    }
  });
}
