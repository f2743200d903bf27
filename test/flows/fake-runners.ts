import type { RunId } from '../../core/names.ts';
import type { RunnerName } from '../../core/runners/names.ts';
import type { JobSeen, MachineSeen, Registered } from '../../core/runners/situation.ts';
import type { EphemeralRunners, MachineOrder, PortError } from '../../flows/ports.ts';

export const SECRET = 'the just-in-time config';

/** GitHub's runners and a provider's machines, as far as flows see them. */
export interface FakeRunners extends EphemeralRunners {
  readonly jobs: Map<number, JobSeen>;
  readonly registered: Map<number, Registered>;
  readonly machines: Map<RunnerName, MachineSeen & { readonly order: MachineOrder }>;
  /** What the provider answers to the next creation. */
  refuses: PortError | null;
  /** A machine that was told to end does not. */
  stubborn: boolean;
}

export function fakeRunners(): FakeRunners {
  let last = 0;
  const fake: FakeRunners = {
    jobs: new Map(),
    registered: new Map(),
    machines: new Map(),
    refuses: null,
    stubborn: false,
    registrations: {
      list: async (run) => [...fake.registered.values()].filter(({ name }) => run === null || of(name, run)),
      get: async (id) => fake.registered.get(id) ?? null,
      async register(name) {
        last += 1;
        const id = last;
        fake.registered.set(id, { id, name, online: false, busy: false });
        return { id, encoded: SECRET };
      },
      async remove(id) {
        if (fake.registered.get(id)?.busy === true) return 'busy';
        fake.registered.delete(id);
        return 'removed';
      },
      job: async (workflowRun) => fake.jobs.get(workflowRun) ?? null,
    },
    providers: new Map([
      [
        'kubernetes',
        {
          async create(order) {
            if (fake.refuses !== null) throw fake.refuses;
            const { name } = order;
            const createdAt = Date.parse('2026-11-02T10:00:00Z');
            fake.machines.set(name, { name, state: 'starting', reason: null, createdAt, order });
          },
          list: async (_repository, run) =>
            [...fake.machines.values()]
              .filter(({ order }) => run === null || order.run === run)
              .map(({ order, ...machine }) => ({ ...machine, run: order.run })),
          terminate: async (name) => void (fake.stubborn || fake.machines.delete(name)),
          gone: async (name) => !fake.machines.has(name),
        },
      ],
    ]),
  };
  return fake;
}

const of = (name: string, run: RunId): boolean => name.includes(run.toLowerCase());
