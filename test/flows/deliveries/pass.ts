import { handleEvent } from '../../../flows/handle.ts';
import type { Steps } from '../../../flows/ports.ts';
import type { Sections } from '../../end-to-end/canonical-names.ts';
import { storyState } from './state.ts';
import type { Act, StoryScene } from './story.ts';
import type { StoryWorld, Told } from './world.ts';

/** What happens to deliveries on their way. */
export interface Post {
  /** What becomes of one delivery that GitHub sends: copies of it, each with a delay in acts; none: it is lost. */
  send(told: Told): readonly { readonly told: Told; readonly late: number }[];
  /** Which of so many waiting deliveries is handled next. */
  next(waiting: number): number;
}

export const CLEAN: Post = { send: (told) => [{ told, late: 0 }], next: () => 0 };

const TICK = 16 * 60;
const PATIENCE = 12;

export interface Pass {
  readonly state: Sections;
  /** Acts and deliveries in the order in which they happened, for the report of a failure. */
  readonly log: readonly string[];
}

/** Tells a story once, with deliveries on their way as the post has it, and timers while nothing else happens. */
export class Telling {
  readonly scene: StoryScene;
  readonly log: string[] = [];
  readonly #world: StoryWorld;
  readonly #post: Post;
  readonly #seen = new Set<string>();
  #waiting: { told: Told; at: number }[] = [];
  #acts = 0;

  constructor(world: StoryWorld, post: Post) {
    this.#world = world;
    this.#post = post;
    this.scene = { world, heads: new Map(), comments: new Map() };
  }

  /** The App starts: from now on it remembers. */
  async begin(): Promise<void> {
    await handleEvent({ kind: 'timer' }, this.#world.ports());
  }

  /**
   * @param steps of the flows that its deliveries start; null: nobody is told of it
   * @throws Error when what an act waits for does not come
   */
  async act(act: Act, steps?: (() => Steps) | null): Promise<void> {
    for (let ticks = 0; !((await act.ready?.(this.scene)) ?? true); ticks += 1) {
      if (ticks === PATIENCE) throw new Error(`nobody made ${JSON.stringify(act.name)} possible`);
      if (this.#waiting.length > 0) await this.#handleAll(Number.POSITIVE_INFINITY);
      else await this.tick();
    }
    this.#acts += 1;
    this.log.push(`* ${act.name}`);
    // Whoever reads a pull request has seen its head for a while.
    this.#world.pass(61);
    await act.act(this.scene);
    if (steps === null) this.#world.told();
    else await this.#handleAll(this.#acts, steps);
  }

  /** Everything still on its way comes in, and what did not is found by the timer. */
  async end(): Promise<void> {
    await this.#handleAll(Number.POSITIVE_INFINITY);
    for (let round = 0; round < 3; round += 1) await this.tick();
  }

  async tick(): Promise<void> {
    this.log.push('  timer');
    this.#world.pass(TICK);
    await handleEvent({ kind: 'timer' }, this.#world.ports());
    await this.#handleAll(Number.POSITIVE_INFINITY);
  }

  async state(): Promise<Sections> {
    return storyState(this.#world, [...this.scene.heads.values(), await this.#world.main()]);
  }

  #collect(): void {
    for (const told of this.#world.told()) {
      const copies = this.#post.send(told);
      if (copies.length === 0) this.log.push(`  lost: ${told.what}`);
      this.#waiting.push(...copies.map(({ told: copy, late }) => ({ told: copy, at: this.#acts + late })));
    }
  }

  async #handleAll(until: number, steps?: () => Steps): Promise<void> {
    for (;;) {
      this.#collect();
      const due = this.#waiting.filter(({ at }) => at <= until);
      const chosen = due[due.length === 0 ? 0 : this.#post.next(due.length) % due.length];
      if (chosen === undefined) return;
      this.#waiting = this.#waiting.filter((one) => one !== chosen);
      await this.#handle(chosen.told, steps);
    }
  }

  async #handle({ id, event, what }: Told, steps?: () => Steps): Promise<void> {
    // The App's inbox takes each id once.
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    try {
      const { code, message } = await handleEvent(event, this.#world.ports(steps?.()));
      this.log.push(`  ${what}: ${code}: ${message}`);
    } catch (error) {
      if (steps === undefined) throw error;
      this.log.push(`  ${what}: ${String(error)}`);
    }
  }
}

export async function tell(world: StoryWorld, story: readonly Act[], post: Post): Promise<Pass> {
  const telling = new Telling(world, post);
  try {
    await telling.begin();
    for (const act of story) await telling.act(act);
    await telling.end();
  } catch (error) {
    throw new Error(`${String(error)}\n${telling.log.join('\n')}`, { cause: error });
  }
  return { state: await telling.state(), log: telling.log };
}
