import { expect } from 'vitest';
import type { ExecutionId } from '../../core/training/execution.ts';
import { type ComputeEngine, type LogPiece, PortError } from '../../flows/ports.ts';
import { NO_FAULTS, type Passing, type Plan, type Fault as WireFault } from '../fakes/faults.ts';
import type { Counterpart } from './engine-counterpart.ts';

/**
 * Makes the call again and again, with the first of its requests spoiled, then the second, until none is left to spoil.
 * Whatever is spoiled, the call either does its work or says what happened, in the words of the port.
 */
export async function eachRequest(
  fault: WireFault,
  its: Counterpart,
  call: (engine: ComputeEngine) => Promise<unknown>,
): Promise<void> {
  for (let nth = 0; nth < 20; nth += 1) {
    const { engine, applied } = its.spoiled(onlyThe(nth, fault));
    const failure = await call(engine).then(
      () => null,
      (error: unknown) => error,
    );
    if (failure !== null) {
      expect(failure).toBeInstanceOf(PortError);
      if (failure instanceof PortError) expect(['unavailable', 'rate_limited']).toContain(failure.code);
    }
    if (applied() === 0) {
      expect(failure).toBeNull();
      return;
    }
  }
  throw new Error('expected a call to make fewer than 20 requests');
}

function onlyThe(nth: number, fault: WireFault): Plan {
  return (passing: Passing) => (passing.nth === nth ? fault : NO_FAULTS(passing));
}

/** Reads a log to its end with a new client for each piece: positions must be good in another process. */
export async function wholeLog(
  engine: () => ComputeEngine,
  execution: ExecutionId,
  bytes: number,
): Promise<{ readonly text: Buffer; readonly largest: number; readonly skipped: boolean; readonly pieces: number }> {
  const parts: Uint8Array[] = [];
  let position: string | null = null;
  let largest = 0;
  let skipped = false;
  let pieces = 0;
  for (;;) {
    const piece: LogPiece = await engine().log(execution, position, bytes);
    pieces += 1;
    skipped ||= piece.skipped;
    if (piece.bytes.length === 0 && piece.next === position) break;
    parts.push(piece.bytes);
    largest = Math.max(largest, piece.bytes.length);
    position = piece.next;
  }
  return { text: Buffer.concat(parts), largest, skipped, pieces };
}

/** Asks until it holds, more rarely each time. Engines tell of changes only when they are asked. */
export async function eventually<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (let pause = 10; ; pause = Math.min(200, pause * 1.5)) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`expected within ${seconds} s: ${what}; found ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
