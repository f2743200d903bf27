import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { LocalGitHub } from '../../github.ts';
import { refusedOrigin } from '../../http/origin.ts';
import { RUNNER_PATH, RUNNER_PROTOCOL } from '../../runner/messages.ts';
import { whenAborted } from '../../workflows/cancellation.ts';
import type { Place } from '../../workflows/host.ts';
import { RunnerConnection } from './connection.ts';
import { openRunners, type Runner, type Runners } from './table.ts';

/** What makes a label one of a self-hosted runner's, as on GitHub. */
const SELF_HOSTED = 'self-hosted';

interface Connected {
  readonly runner: Runner;
  readonly connection: RunnerConnection;
  busy: boolean;
}

interface WaitingJob {
  readonly repositoryId: number;
  readonly labels: readonly string[];
  readonly taken: (place: Place) => void;
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Just-in-time runners of a server: who is registered, who is there, and who waits for one. */
export class RunnerPool {
  readonly rows: Runners;
  readonly #github: LocalGitHub;
  readonly #connected = new Map<number, Connected>();
  readonly #waiting = new Set<WaitingJob>();

  constructor(github: LocalGitHub) {
    this.#github = github;
    this.rows = openRunners(github.db);
  }

  /** @returns the runner and the secret with which it connects, told this once; undefined if the name is taken */
  register(
    asked: Pick<Runner, 'repositoryId' | 'name' | 'groupId' | 'labels'>,
  ): { runner: Runner; secret: string } | undefined {
    const { repositoryId, name } = asked;
    if (this.rows.find({ repositoryId, name }) !== undefined) return undefined;
    const secret = randomBytes(32).toString('base64url');
    return { runner: this.rows.insert({ ...asked, hash: hashOf(secret) }), secret };
  }

  state({ id }: Runner): { readonly online: boolean; readonly busy: boolean } {
    const connected = this.#connected.get(id);
    return { online: connected !== undefined, busy: connected?.busy ?? false };
  }

  remove({ id }: Runner): void {
    this.rows.delete(id);
    this.#connected.get(id)?.connection.end();
  }

  /**
   * Waits for a runner with all these labels, which no other label of a self-hosted runner has to have.
   * @returns undefined for labels that this machine itself serves, or when the signal fires first
   */
  async take(repositoryId: number, labels: readonly string[], signal: AbortSignal): Promise<Place | undefined> {
    if (!labels.includes(SELF_HOSTED) || signal.aborted) return undefined;
    return new Promise((resolve) => {
      const job: WaitingJob = { repositoryId, labels, taken: resolve };
      this.#waiting.add(job);
      whenAborted(signal, () => {
        if (this.#waiting.delete(job)) resolve(undefined);
      });
      this.#match();
    });
  }

  /** A connection that asks to be upgraded to a runner's. */
  upgrade(message: IncomingMessage, socket: Socket): void {
    const secret = /^Bearer (\S+)$/.exec(message.headers.authorization ?? '')?.[1] ?? '';
    const runner = this.rows.find({ hash: hashOf(secret) });
    const refused =
      message.url !== RUNNER_PATH ||
      message.headers.upgrade !== RUNNER_PROTOCOL ||
      refusedOrigin(message.headers, this.#github.port) !== undefined;
    if (refused || runner === undefined || this.#connected.has(runner.id)) {
      socket.end(`HTTP/1.1 ${refused ? '400 Bad Request' : '401 Unauthorized'}\r\nconnection: close\r\n\r\n`);
      return;
    }
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${RUNNER_PROTOCOL}\r\n\r\n`);
    const connection = new RunnerConnection(socket, () => this.#connected.delete(runner.id));
    this.#connected.set(runner.id, { runner, connection, busy: false });
    this.#match();
  }

  close(): void {
    for (const { connection } of this.#connected.values()) connection.end();
  }

  #match(): void {
    for (const job of this.#waiting) {
      const free = [...this.#connected.values()].find(
        ({ runner, busy }) =>
          !busy &&
          runner.repositoryId === job.repositoryId &&
          job.labels.every((label) => runner.labels.includes(label)),
      );
      if (free === undefined) continue;
      free.busy = true;
      this.#waiting.delete(job);
      job.taken(this.#place(free));
    }
  }

  #place(taken: Connected): Place {
    const { runner, connection } = taken;
    return {
      runner: { id: runner.id, name: runner.name },
      run: (request) => connection.run(request),
      release: () => {
        taken.busy = false;
        this.remove(runner);
      },
    };
  }
}
