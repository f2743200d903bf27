import { z } from 'zod';

/**
 * Positions in a container's log. Kubernetes reads from a second on, not from a byte: so a position is the time of the
 * last line that was read, and how much was read of lines of that very time. With `timestamps` each line comes as
 * `2026-11-22T15:00:00.123456789Z text`.
 */
const Position = z.strictObject({
  pod: z.string().max(64),
  /** Of the last line read, as the kubelet wrote it. */
  time: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/),
  /** Lines of that time that were read whole. */
  lines: z.int().min(0).max(1e9),
  /** Bytes read of the line after these. */
  bytes: z.int().min(0).max(1e12),
});
export type Position = z.infer<typeof Position>;

export function formatPosition(position: Position): string {
  return JSON.stringify([position.pod, position.time, position.lines, position.bytes]);
}

/** Null for what is no position of ours. */
export function parsePosition(text: string): Position | null {
  if (text.length > 300) return null;
  try {
    const raw: unknown = JSON.parse(text);
    if (!Array.isArray(raw) || raw.length !== 4) return null;
    const [pod, time, lines, bytes] = raw as readonly unknown[];
    return Position.safeParse({ pod, time, lines, bytes }).data ?? null;
  } catch {
    return null;
  }
}

/** What `sinceTime` takes: whole seconds. */
export function secondOf({ time }: Position): string {
  const [second = '', zone = 'Z'] = [time.slice(0, 19), time.replace(/^.{19}(\.\d+)?/, '')];
  return `${second}${zone}`;
}

const LINE_FEED = 0x0a;
const SPACE = 0x20;
/** A time as above; a line that does not begin with one is a part of the line before. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const LONGEST_TIME = 40;
/** Bytes read before that may be read again to get to what is new: of one second of log at most. */
const MOST_AGAIN = 64 * 2 ** 20;

/** The beginning of the second after. */
export function nextSecond(position: Position): Position {
  const time = new Date(Date.parse(secondOf(position)) + 1000).toISOString().replace('.000Z', 'Z');
  return { pod: position.pod, time, lines: 0, bytes: 0 };
}

/** Takes a log as it comes and keeps at most so many bytes from a position on, without the times before its lines. */
export class LogReader {
  readonly #kept: Buffer[] = [];
  readonly #most: number;
  readonly #from: Position | null;
  readonly #pod: string;
  #size = 0;
  #time: string | null = null;
  /** Lines of `#time` that have ended, and bytes of the one that has not. */
  #lines = 0;
  #bytes = 0;
  /** The beginning of a line, until its time is known. */
  #head: Buffer = Buffer.alloc(0);
  #inHead = true;
  #again = 0;

  constructor(pod: string, from: Position | null, most: number) {
    this.#pod = pod;
    this.#from = from;
    this.#most = most;
  }

  /** @returns whether there is room for more */
  take(chunk: Buffer): boolean {
    let rest = chunk;
    while (rest.length > 0 && this.#size < this.#most) {
      rest = this.#inHead ? this.#takeHead(rest) : this.#takeText(rest);
    }
    return this.#size < this.#most && !this.isStuck;
  }

  /** So much was printed in one second that what is new in it is not reached: the next second is. */
  get isStuck(): boolean {
    return this.#size === 0 && this.#again > MOST_AGAIN;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#kept);
  }

  /** Where to read on; null where nothing was there. */
  get position(): Position | null {
    if (this.#time === null) return this.#from;
    return { pod: this.#pod, time: this.#time, lines: this.#lines, bytes: this.#bytes };
  }

  #takeHead(chunk: Buffer): Buffer {
    const space = chunk.indexOf(SPACE);
    const ends = space === -1 ? chunk.length : space + 1;
    const room = LONGEST_TIME - this.#head.length;
    const taken = Math.min(ends, Math.max(room, 1));
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, taken)]);
    if (this.#head.at(-1) !== SPACE && this.#head.length < LONGEST_TIME) return chunk.subarray(taken);
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    this.#inHead = false;
    const rest = chunk.subarray(taken);
    const time = head.subarray(0, -1).toString('latin1');
    if (head.at(-1) === SPACE && TIME.test(time)) {
      if (time !== this.#time) {
        this.#time = time;
        this.#lines = 0;
      }
      this.#bytes = 0;
      return rest;
    }
    return Buffer.concat([head, rest]);
  }

  #takeText(chunk: Buffer): Buffer {
    const feed = chunk.indexOf(LINE_FEED);
    const whole = feed === -1 ? chunk : chunk.subarray(0, feed + 1);
    const unread = whole.subarray(Math.min(whole.length, this.#alreadyRead()));
    const before = whole.length - unread.length;
    this.#again += before;
    const kept = unread.subarray(0, this.#most - this.#size);
    if (kept.length > 0) this.#kept.push(Buffer.from(kept));
    this.#size += kept.length;
    const passed = before + kept.length;
    this.#bytes += passed;
    if (feed !== -1 && passed === whole.length) {
      this.#lines += 1;
      this.#bytes = 0;
      this.#inHead = true;
    }
    return chunk.subarray(passed);
  }

  /** Bytes of what comes now that were read before. */
  #alreadyRead(): number {
    const from = this.#from;
    if (from === null || this.#time === null || from.pod !== this.#pod) return 0;
    if (this.#time !== from.time) return isBefore(this.#time, from.time) ? Number.POSITIVE_INFINITY : 0;
    if (this.#lines < from.lines) return Number.POSITIVE_INFINITY;
    return this.#lines === from.lines ? Math.max(0, from.bytes - this.#bytes) : 0;
  }
}

/** Of one clock, and so in one zone: compares seconds, then fractions of any length. */
function isBefore(a: string, b: string): boolean {
  const [left, right] = [Date.parse(a.slice(0, 19)), Date.parse(b.slice(0, 19))];
  if (left !== right) return left < right;
  const fraction = (time: string): string => (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0');
  return fraction(a) < fraction(b);
}
