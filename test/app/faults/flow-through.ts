import { expect, vi } from 'vitest';
import { type App, createApp, WEBHOOK_PATH } from '../../../app/app.ts';
import type { FlowEvent } from '../../../flows/events.ts';
import type { Outcome } from '../../../flows/outcome.ts';
import type { Ports } from '../../../flows/ports.ts';
import { commitFiles } from '../../local/world.ts';
import { type AppWorld, asAda, commentPayload, deliver, startAppWorld } from '../world.ts';

/** An App on a database of the test's or on one of its own, whose flows write to GitHub and to that database. */
export interface FlowThrough {
  readonly app: App;
  readonly world: AppWorld;
  /** Sends deliveries behind `from` up to `to`; each is sent again, as a redelivery would be, until it is taken. */
  send(from: number, to: number): Promise<void>;
  /** Waits until each of so many deliveries has had each of its effects, and checks that it had them once. */
  allOnce(count: number): Promise<void>;
  /** Messages of the log. */
  readonly logged: readonly string[];
  close(): Promise<void>;
}

const OUTCOME: Outcome = { code: 'ignored', message: 'a test' };
const nameOf = (delivery: number): string => `delivery ${delivery}`;

/** @param databaseUrl null: an embedded one, in the data directory of the world's settings */
export async function startFlowThrough(databaseUrl: string | null): Promise<FlowThrough> {
  const world = await startAppWorld(databaseUrl ?? undefined);
  const ada = asAda(world);
  const sha = await commitFiles(ada, world.repository, 'main', { 'README.md': 'hello\n' });
  const logged: string[] = [];
  const log = (message: string): void => void logged.push(message);
  const app = await createApp({
    config: { ...world.config, databaseUrl, timerInterval: 1_000 },
    log: { info: log, error: (message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`) },
    lost: (why) => logged.push(`LOST ${why}`),
    handle: handleWith(sha),
  });
  const sendOne = async (delivery: number): Promise<void> => {
    const payload = commentPayload(world, { id: delivery, pullRequest: 1 + (delivery % 4) });
    await vi.waitFor(
      async () => {
        const sent = { id: `fault-${delivery}`, event: 'issue_comment', payload };
        expect((await deliver(app.url + WEBHOOK_PATH, sent)).status).toBe(202);
      },
      { timeout: 60_000, interval: 200 },
    );
  };
  const written = async (): Promise<readonly string[]> => {
    const about = { owner: 'flights', repo: 'delay', ref: sha, filter: 'all', per_page: 100 } as const;
    const { data } = await ada.rest.checks.listForRef(about);
    return data.check_runs.map(({ name, conclusion }) => `${name} ${conclusion}`).toSorted();
  };
  return {
    app,
    world,
    logged,
    async send(from, to) {
      await Promise.all(Array.from({ length: to - from }, (_, index) => sendOne(from + index + 1)));
    },
    async allOnce(count) {
      const expected = Array.from({ length: count }, (_, index) => `${nameOf(index + 1)} success`).toSorted();
      await vi.waitFor(async () => expect(await written()).toEqual(expected), { timeout: 120_000, interval: 300 });
    },
    async close() {
      await app.close();
      await world.close();
    },
  };
}

/** A flow of four steps: it notes in the database, makes a check, notes again and completes the check. */
function handleWith(sha: string): (event: FlowEvent, ports: Ports) => Promise<Outcome> {
  return async (event, { steps, checks, inFlight }) => {
    if (event.kind !== 'comment') return OUTCOME;
    const name = nameOf(event.id);
    // A commit that the local GitHub has just made.
    const check = {
      name,
      externalId: name,
      sha: sha as Parameters<typeof checks.put>[0]['sha'],
      title: name,
      summary: name,
    };
    const note = (value: string) =>
      steps.run(`note ${value}`, async () => {
        await inFlight.putProgress(name, value);
        return null;
      });
    await note('begun');
    await steps.run('begin', async () => {
      await checks.put({ ...check, status: 'in_progress' });
      return null;
    });
    await note('half');
    await steps.run('complete', async () => {
      await checks.put({ ...check, status: 'completed', conclusion: 'success' });
      return null;
    });
    return OUTCOME;
  };
}
