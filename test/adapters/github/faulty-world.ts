import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GithubPorts } from '../../../adapters/github/ports.ts';
import type { GitId } from '../../../core/names.ts';
import { PortError } from '../../../flows/ports.ts';
import { type FaultProxy, startFaultProxy } from '../../fakes/fault-proxy.ts';
import { type Fault, NO_FAULTS, type Plan } from '../../fakes/faults.ts';
import { type Case, rememberedEffects, WORKFLOW, WORKFLOW_FILE, WRITES, type Written } from './faulty-writes.ts';
import { OWNER, REPO, startWorld, type World } from './world.ts';

let world: World;
let proxy: FaultProxy;
let main: GitId;
let pull: number;
let nth = 0;

/** A local GitHub that is reached through a proxy that spoils what it is told to. */
export function useFaultyWorld(): { readonly world: () => World; readonly proxy: () => FaultProxy } {
  beforeAll(async () => {
    world = await startWorld();
    proxy = await startFaultProxy(world.github.urls.api, { slow: 20 });
    main = await world.commit('main', { 'README.md': 'hello\n', [`.github/workflows/${WORKFLOW}`]: WORKFLOW_FILE });
    await world.commit('change', { 'README.md': 'changed\n' }, main);
    const opened = { owner: OWNER, repo: REPO, title: 'Change', head: 'change', base: 'main' };
    pull = Number(Object((await world.ada.request('POST /repos/{owner}/{repo}/pulls', opened)).data).number);
    await world.portsAt(world.github.urls.api, null).workflows.syncExecutionRef();
  });
  afterAll(async () => {
    await proxy.close();
    await world.close();
  });
  return { world: () => world, proxy: () => proxy };
}

const PASSING: ReadonlySet<string> = new Set(['unavailable', 'rate_limited', 'conflict']);
const ATTEMPTS = 5;

/** As a step does it: what may pass by itself is tried again, here without a pause. */
export async function asStep<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof PortError && PASSING.has(error.code)) || attempt === ATTEMPTS) throw error;
    }
  }
}

export interface Process {
  /** Its ports, as it has them after it was begun anew. */
  readonly ports: () => GithubPorts;
  /** Whether what it made before is remembered then. */
  readonly remembers: boolean;
}

/** The App, which remembers what it made. */
export function appProcess(): Process {
  const effects = rememberedEffects();
  return { ports: () => world.portsAt(proxy.apiUrl, effects), remembers: true };
}

/** A job, which looks each time. */
export const jobProcess = (): Process => ({ ports: () => world.portsAt(proxy.apiUrl, null), remembers: false });

/** Has a write done under a plan, as a step does it, and looks whether what it wrote is there once. */
export async function writeUnder(written: Written, plan: Plan, { ports, remembers }: Process): Promise<void> {
  nth += 1;
  const of: Case = { world, nth, pull, main };
  proxy.follow(NO_FAULTS);
  await written.before?.(ports(), of);
  const own = ports();
  proxy.follow(plan);
  await asStep(() => written.run(own, of));
  const lagged = proxy.applied().some(({ fault }) => fault === '404 after create');
  // Another flow, right after it, that may not be shown yet what this one made.
  if (lagged && remembers && written.remembered) await asStep(() => written.run(ports(), of));
  const applied = proxy.applied();
  expect([applied, await written.seen(of)]).toEqual([applied, written.expected]);
}

/** Registers a test of each write for each kind of fault, which befalls one request after the other. */
export function writesOnceUnder(faults: readonly Fault[], begin: () => Process): void {
  describe.each(WRITES)('$write', (written) => {
    test.each(faults)('once, whichever request meets: %s', async (fault) => {
      for (let at = 0; ; at += 1) {
        await writeUnder(written, (request) => (request.nth === at ? fault : null), begin());
        if (proxy.applied().length > 0) continue;
        expect(at).toBeGreaterThan(0);
        break;
      }
    });
  });
}
