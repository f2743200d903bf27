import { afterEach, beforeEach, expect, test } from 'vitest';
import { RepositoryName, type RunId } from '../../core/names.ts';
import { type RunnerName, runnerName } from '../../core/runners/names.ts';
import { ulid } from '../../core/ulid.ts';
import type { Machine, MachineOrder, RunnerProvider } from '../../flows/runner-port.ts';

/** One provider on its counterpart, with what the counterpart can be made to do. */
export interface ProviderWorld {
  /** As another process of the App would make it. */
  provider(): RunnerProvider;
  /** What runs on the machine ends by itself, as after its job. */
  finish(name: RunnerName): Promise<void>;
  /** The machine is lost: reclaimed, or killed. */
  lose(name: RunnerName): Promise<void>;
  /** The just-in-time config that what runs there was started with, and everything else that it was given, as text. */
  given(name: RunnerName): Promise<{ readonly jitConfig: string; readonly rest: string }>;
  /** Whether anything of it is left at the counterpart: the machine, its secret. */
  remains(name: RunnerName): Promise<boolean>;
  close(): Promise<void>;
}

/** Stands in the App's environment while the suite runs; no machine may ever see it. */
export const APP_SECRET = 'a-key-of-the-app-that-no-machine-may-see';

const REPOSITORY = RepositoryName.parse('flights/delay');
const OTHER = RepositoryName.parse('flights/fares');
const run = (number: number): RunId => ulid(1_793_577_600_000 + number, new Uint8Array(10));

export const orderOf = (change: Partial<MachineOrder> = {}): MachineOrder => ({
  name: runnerName(change.run ?? run(1), 1),
  run: run(1),
  repository: REPOSITORY,
  trust: 'member',
  jitConfig: Buffer.from('{"a":"config"}').toString('base64'),
  resources: { gpus: 0, spot: false },
  deadline: 600,
  ...change,
});

/** What every provider of runners must do (flows/runner-port.ts). */
export function runnerProviderContract(start: () => Promise<ProviderWorld>): void {
  let world: ProviderWorld;
  beforeEach(async () => {
    process.env['TEST_APP_SECRET'] = APP_SECRET;
    world = await start();
  });
  afterEach(async () => {
    delete process.env['TEST_APP_SECRET'];
    await world.close();
  });

  const list = (): Promise<readonly Machine[]> => world.provider().list(REPOSITORY, null);
  const stateIs = (name: RunnerName, state: Machine['state'] | undefined) =>
    expect.poll(async () => (await list()).find((one) => one.name === name)?.state, { timeout: 20_000 }).toBe(state);

  test('has no machines before it was asked for any', async () => {
    expect(await list()).toEqual([]);
    expect(await world.provider().gone(orderOf().name)).toBe(true);
  });

  test('lists a machine with its tags at once, in any process', async () => {
    const order = orderOf();
    await world.provider().create(order);
    const [machine, ...others] = await list();
    expect(others).toEqual([]);
    expect(machine).toMatchObject({ name: order.name, run: order.run });
    expect(Math.abs(Date.now() - (machine?.createdAt ?? 0))).toBeLessThan(120_000);
    expect(await world.provider().gone(order.name)).toBe(false);
  });

  test('makes one machine of a name, however often it is asked, also at once', async () => {
    const order = orderOf();
    await Promise.all([world.provider().create(order), world.provider().create(order)]);
    await world.provider().create(order);
    expect(await list()).toHaveLength(1);
  });

  test('starts the runner with its config, and with nothing secret of the App', async () => {
    const order = orderOf();
    await world.provider().create(order);
    await stateIs(order.name, 'running');
    const { jitConfig, rest } = await world.given(order.name);
    expect(jitConfig).toBe(order.jitConfig);
    expect(rest).not.toContain(APP_SECRET);
  });

  test('lists those of one repository, or of one run', async () => {
    const orders = [orderOf(), orderOf({ run: run(2) }), orderOf({ run: run(3), repository: OTHER })];
    for (const order of orders) await world.provider().create(order);
    const names = async (repository: RepositoryName, of: RunId | null) =>
      (await world.provider().list(repository, of)).map(({ name }) => name).sort();
    expect(await names(REPOSITORY, null)).toEqual([orders[0]?.name, orders[1]?.name]);
    expect(await names(REPOSITORY, run(2))).toEqual([orders[1]?.name]);
    expect(await names(OTHER, run(2))).toEqual([]);
  });

  test('ends a machine with all that was made for it, confirmed, and as often as it is asked', async () => {
    const order = orderOf();
    await world.provider().create(order);
    await stateIs(order.name, 'running');
    await world.provider().terminate(order.name);
    await expect.poll(() => world.provider().gone(order.name), { timeout: 20_000 }).toBe(true);
    expect([await list(), await world.remains(order.name)]).toEqual([[], false]);
    await world.provider().terminate(order.name);
    expect(await world.provider().gone(order.name)).toBe(true);
  });

  test('ends one machine and no other', async () => {
    const orders = [orderOf(), orderOf({ run: run(2) }), orderOf({ name: runnerName(run(1), 10) })];
    for (const order of orders) await world.provider().create(order);
    await world.provider().terminate(runnerName(run(1), 1));
    await expect.poll(() => world.provider().gone(runnerName(run(1), 1)), { timeout: 20_000 }).toBe(true);
    expect((await list()).map(({ name }) => name).sort()).toEqual([orders[2]?.name, orders[1]?.name].sort());
  });

  test.each(['finish', 'lose'] as const)('says that a machine has ended when what ran there did: %s', async (how) => {
    const order = orderOf();
    await world.provider().create(order);
    await stateIs(order.name, 'running');
    await world[how](order.name);
    await expect
      .poll(async () => (await list()).some(({ state }) => state !== 'ended'), { timeout: 20_000 })
      .toBe(false);
    await world.provider().terminate(order.name);
    await expect.poll(() => world.provider().gone(order.name), { timeout: 20_000 }).toBe(true);
  });

  test('gives a machine an end of its own, whatever becomes of the App', async () => {
    const order = orderOf({ deadline: 1 });
    await world.provider().create(order);
    await stateIs(order.name, 'ended');
  });
}
