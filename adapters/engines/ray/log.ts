import type { ExecutionId } from '../../../core/training/execution.ts';
import { type LogPiece, PortError } from '../../../flows/ports.ts';
import { LogsAnswer } from './answers.ts';
import type { RayClient } from './client.ts';

/** Bytes of one segment, as harness/logs.py writes them. */
const SEGMENT = 1 << 20;
/** A position is how many bytes lie before it: in 6 digits of segments of a mebibyte, less than a tebibyte. */
const MAX_POSITION = 999_999 * SEGMENT;

/**
 * Reads the command's output. Ray gives a job's log only as a whole, or from now on: so the harness writes it in segments
 * beside the job's own log, and each of them is one file to Ray's API.
 *
 * @param node where the job's command runs; null: it has not begun
 * @throws PortError `malformed` for a position that is none
 */
export async function readLog(
  client: RayClient,
  execution: ExecutionId,
  node: string | null,
  from: string | null,
  bytes: number,
): Promise<LogPiece> {
  const position = positionIn(from);
  const nothing = { bytes: new Uint8Array(0), next: String(position), skipped: false };
  if (node === null) return nothing;
  const segment = Math.floor(position / SEGMENT);
  const offset = position % SEGMENT;
  const read = (number: number, skip: number) => {
    const query = new URLSearchParams({ node_id: node, filename: nameOf(execution, number), lines: '-1' });
    const most = Math.min(bytes, SEGMENT - skip);
    return client.range({ method: 'GET', path: `/api/v0/logs/file?${query}` }, skip, most);
  };
  const pieceOf = (piece: Buffer): LogPiece => {
    return { bytes: piece, next: String(position + piece.length), skipped: false };
  };
  const first = await read(segment, offset);
  if (first !== null && first.length > 0) return pieceOf(first);
  const there = await segments(client, execution, node);
  if (there.includes(segment)) {
    // It may have been filled between the two questions. One that is still short was cut by the command itself.
    const again = await read(segment, offset);
    if (again === null) throw new PortError('unavailable', `the log of ${execution} is there, and can’t be read now`);
    if (again.length > 0) return pieceOf(again);
  }
  const next = there.find((number) => number > segment);
  if (next === undefined) return nothing;
  const later = await read(next, 0);
  if (later === null) throw new PortError('unavailable', `the log of ${execution} goes on, and can’t be read now`);
  return { bytes: later, next: String(next * SEGMENT + later.length), skipped: true };
}

function positionIn(from: string | null): number {
  if (from === null) return 0;
  const position = /^\d{1,13}$/.test(from) ? Number(from) : Number.NaN;
  if (position <= MAX_POSITION) return position;
  throw new PortError(
    'malformed',
    `expected a position that a log was read to, found ${JSON.stringify(from.slice(0, 40))}`,
  );
}

function nameOf(execution: ExecutionId, segment: number): string {
  return `trainyard-${execution}-${String(segment).padStart(6, '0')}.log`;
}

/** Numbers of the segments that are there, the first ones first; none where the machine is gone. */
async function segments(client: RayClient, execution: ExecutionId, node: string): Promise<readonly number[]> {
  const query = new URLSearchParams({ node_id: node, glob: `trainyard-${execution}-*.log` });
  const answer = await client.call({ method: 'GET', path: `/api/v0/logs?${query}` });
  // Ray answers 500 for a machine that it no longer has.
  const raw = answer.status === 200 ? jsonOf(answer.body) : null;
  const parsed = LogsAnswer.safeParse(raw);
  if (!parsed.success) return [];
  return Object.values(parsed.data.data.result)
    .flat()
    .flatMap((name) => {
      const number = /-(\d{6})\.log$/.exec(name)?.[1];
      return number !== undefined && name === nameOf(execution, Number(number)) ? [Number(number)] : [];
    })
    .sort((a, b) => a - b);
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new PortError('unavailable', 'Ray’s list of logs: expected JSON, found something else', { cause });
  }
}
