import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../scripts/demo/wait.ts';
import { CACHE } from '../../scripts/python-environment.ts';
import { killFiles } from './boundaries.ts';
import { differences, type EndState, endState } from './end-state.ts';
import { type Effect, isPushed, isRequested, type KillPlan, UNHARMED } from './kill-plan.ts';
import { openTeamWorld, type TeamWorld } from './world.ts';

/** The timer makes up for what was missed while the App was away; a dead process's work is taken over after its lease. */
const SETTINGS = { TRAINYARD_TIMER_SECONDS: '3', TRAINYARD_LEASE_SECONDS: '1' };
/** Starts that may fail one after the other without a kill that explains it. */
const PATIENCE = 3;

/** Hears of each request and push; asks whether it was an effect that is waited for. */
interface Watch {
  saw: (isHit: (effect: Effect) => boolean) => void;
}

/** A team's world whose App kills itself by a plan and is started again each time it has died. */
export class KilledWorld {
  readonly team: TeamWorld;
  readonly #folder: string;
  readonly #watch: Watch;
  #broken: Error | null = null;
  #closing = false;
  readonly #kept: Promise<void>;

  private constructor(team: TeamWorld, folder: string, watch: Watch) {
    this.team = team;
    this.#folder = folder;
    this.#watch = watch;
    this.#kept = this.#keep();
  }

  static async open(name: string): Promise<KilledWorld> {
    const folder = mkdtempSync(join(CACHE, `${name}-kills-`));
    for (const file of Object.values(killFiles(folder))) writeFileSync(file, '');
    const settings = { ...SETTINGS, KILL_FOLDER: folder };
    const watch: Watch = { saw: () => {} };
    const team = await openTeamWorld(name, {
      ...{ settings, entry: 'test/end-to-end/killed-app.ts' },
      observe: (exchange) => watch.saw((effect) => isRequested(effect, exchange)),
      observePush: (push) => watch.saw((effect) => isPushed(effect, push)),
    });
    return new KilledWorld(team, folder, watch);
  }

  /** From now on the App dies by this plan. */
  arm({ boundaries, effects, delays }: KillPlan): void {
    const files = killFiles(this.#folder);
    let armed = effects;
    this.#watch.saw = (isHit) => {
      const hit = armed.find(isHit);
      if (hit === undefined) return;
      armed = armed.filter((effect) => effect !== hit);
      appendFileSync(files.struck, `${hit.effect}\n`);
      void this.strike();
    };
    writeFileSync(files.delays, delays.join('\n'));
    writeFileSync(files.planned, boundaries.join('\n'));
  }

  /** Boundaries of steps that the App came to, dead or alive. */
  reached(): readonly string[] {
    return linesOf(killFiles(this.#folder).reached);
  }

  /** Where it died so far. */
  struck(): readonly string[] {
    return linesOf(killFiles(this.#folder).struck);
  }

  /** Ends the App as a crash would; it is started again. */
  async strike(): Promise<void> {
    await this.team.world.app().stop('SIGKILL');
  }

  async #keep(): Promise<void> {
    const { world } = this.team;
    for (let failures = 0; ; ) {
      await world.app().gone;
      if (this.#closing) return;
      const before = this.struck().length;
      await world.crashApp().then(
        () => {
          failures = 0;
        },
        (error: unknown) => {
          failures = this.struck().length > before ? 0 : failures + 1;
          if (failures === PATIENCE) this.#broken = new Error('the App does not start any more', { cause: error });
        },
      );
      if (this.#broken !== null) return;
    }
  }

  /** Waits until the App has handled two more rounds of its timer: by then it has made up for whatever it missed. */
  async rounds(seconds: number): Promise<void> {
    const handled = () =>
      readFileSync(this.team.log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"handled"') && line.includes('"event":"timer"')).length;
    const before = handled();
    await until('two rounds of the timer', seconds, async () => {
      if (this.#broken !== null) throw this.#broken;
      return handled() >= before + 2;
    });
  }

  /** The state in which it comes to rest. */
  async atRest(): Promise<EndState> {
    await this.rounds(120);
    await this.team.world.github.settled();
    return endState(this.team.world);
  }

  /** Waits until the state is this one, and then whether it stays so. */
  async comesTo(clean: EndState, seconds: number): Promise<void> {
    const different = async () => differences(clean, await endState(this.team.world));
    await until(
      'the end state is that of a clean pass',
      seconds,
      async () => (await different()).length === 0,
      async () => (await different()).join('\n\n'),
    );
    const later = differences(clean, await this.atRest());
    if (later.length > 0) throw new Error(`the end state of a clean pass did not last\n${later.join('\n\n')}`);
  }

  async close(): Promise<void> {
    this.arm(UNHARMED);
    this.#closing = true;
    await this.team.close();
    await this.#kept;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}
