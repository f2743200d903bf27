import { whenAborted } from './cancellation.ts';
import type { ConcurrencyRequest, ConcurrencyTurn } from './host.ts';

/** With `queue: max`, this many may wait. */
const MAX_PENDING = 100;

interface Waiting {
  readonly request: ConcurrencyRequest;
  readonly settle: (turn: ConcurrencyTurn) => void;
}

interface Group {
  running: ConcurrencyRequest | undefined;
  waiting: Waiting[];
}

/** Concurrency groups of one repository: one member runs, one waits (or up to 100 with `queue: max`). Names compare without case. */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>();

  turn(request: ConcurrencyRequest): Promise<ConcurrencyTurn> {
    const name = request.group.toLowerCase();
    const group = this.#groups.get(name) ?? { running: undefined, waiting: [] };
    this.#groups.set(name, group);
    if (group.running === undefined) return Promise.resolve(this.#grant(name, group, request));
    const message = `Canceling since a higher priority waiting request for '${request.group}' exists`;
    const keep = request.queue === 'max' ? MAX_PENDING - 1 : 0;
    while (group.waiting.length > keep) refuse(group.waiting.shift(), message);
    if (request.cancelInProgress) group.running.cancel(message);
    return new Promise((settle) => {
      const waiting = { request, settle };
      group.waiting.push(waiting);
      whenAborted(request.signal, () => {
        const index = group.waiting.indexOf(waiting);
        if (index < 0) return;
        group.waiting.splice(index, 1);
        settle(NOT_GRANTED);
      });
    });
  }

  #grant(name: string, group: Group, request: ConcurrencyRequest): ConcurrencyTurn {
    group.running = request;
    return {
      granted: true,
      release: () => {
        if (group.running !== request) return;
        group.running = undefined;
        const next = group.waiting.shift();
        if (next === undefined) this.#groups.delete(name);
        else next.settle(this.#grant(name, group, next.request));
      },
    };
  }
}

const NOT_GRANTED: ConcurrencyTurn = { granted: false, release: () => undefined };

function refuse(waiting: Waiting | undefined, reason: string): void {
  waiting?.request.cancel(reason);
  waiting?.settle(NOT_GRANTED);
}
