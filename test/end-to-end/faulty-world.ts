import { readFileSync } from 'node:fs';
import { until } from '../../scripts/demo/wait.ts';
import { type FaultProxy, startFaultProxy } from '../fakes/fault-proxy.ts';
import { differences, type EndState, endState } from './end-state.ts';
import { openTeamWorld, type TeamWorld } from './world.ts';

export interface FaultyWorldOptions {
  /** The App's database; one that nobody else uses without it. */
  readonly databaseUrl?: string;
  /** Seconds that `retry-after` asks for. */
  readonly retryAfter?: number;
}

/** A team's world whose App reaches GitHub through a proxy that spoils what it is told to. */
export class FaultyWorld {
  readonly team: TeamWorld;
  readonly proxy: FaultProxy;

  private constructor(team: TeamWorld, proxy: FaultProxy) {
    this.team = team;
    this.proxy = proxy;
  }

  static async open(name: string, { databaseUrl, retryAfter = 1 }: FaultyWorldOptions = {}): Promise<FaultyWorld> {
    const started: FaultProxy[] = [];
    const settings = {
      TRAINYARD_TIMER_SECONDS: '3',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    };
    const team = await openTeamWorld(name, {
      settings,
      async through(apiUrl) {
        const proxy = await startFaultProxy(apiUrl, { retryAfter });
        started.push(proxy);
        return proxy.apiUrl;
      },
    });
    const [proxy] = started;
    if (proxy === undefined) throw new Error('expected the world to be opened through the proxy');
    return new FaultyWorld(team, proxy);
  }

  /** Waits until the App has handled two more rounds of its timer: by then it has made up for whatever it missed. */
  async #rounds(): Promise<void> {
    const handled = () =>
      readFileSync(this.team.log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"handled"') && line.includes('"event":"timer"')).length;
    const before = handled();
    await until('two rounds of the timer', 240, async () => handled() >= before + 2);
    await this.team.world.github.settled();
  }

  /** The state in which it comes to rest. */
  async atRest(): Promise<EndState> {
    await this.#rounds();
    return withoutLateness(await endState(this.team.world));
  }

  /** Waits until the state is this one, and then whether it stays so. */
  async comesTo(clean: EndState, seconds = 180): Promise<void> {
    const different = async () => differences(clean, withoutLateness(await endState(this.team.world)));
    await until(
      'the end state is that of a clean pass',
      seconds,
      async () => (await different()).length === 0,
      async () => `${this.told()}\n${(await different()).join('\n\n')}`,
    );
    const later = differences(clean, await this.atRest());
    if (later.length > 0)
      throw new Error(`the end state of a clean pass did not last\n${this.told()}\n${later.join('\n\n')}`);
  }

  /** What the proxy did, one line each: with the seed, a failure can be told and repeated. */
  told(): string {
    return this.proxy
      .applied()
      .map(({ nth, request, fault, status }) => `${nth} ${request}: ${fault} (GitHub: ${status ?? 'not asked'})`)
      .join('\n');
  }

  async close(): Promise<void> {
    await this.team.close();
    await this.proxy.close();
  }
}

/** That a command was handled late is said where it was, in a paragraph that a clean pass has not. */
function withoutLateness(state: EndState): EndState {
  const without = (text: string): string =>
    text
      .split(/\n *\n/)
      .filter((paragraph) => !paragraph.includes('was handled late'))
      .join('\n\n');
  return Object.fromEntries(Object.entries(state).map(([section, texts]) => [section, texts.map(without)]));
}
