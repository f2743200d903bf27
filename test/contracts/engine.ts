import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXECUTION_FAILURES, type ExecutionFailure, ExecutionId, Observation } from '../../core/training/execution.ts';
import type { LogPiece, Submission } from '../../flows/engine-port.ts';
import { PortError } from '../../flows/ports.ts';
import { firstOf, type Fault as WireFault } from '../fakes/faults.ts';
import { eachRequest, eventually, wholeLog } from './engine-asking.ts';
import { type Behaviour, type Counterpart, FAULTS, type Fault, FLOOD, PRINTED } from './engine-counterpart.ts';

export { wholeLog } from './engine-asking.ts';
export * from './engine-counterpart.ts';

/**
 * What every compute engine must do, whatever it is (flows/engine-port.ts). An engine's own test starts the real thing,
 * describes it as a Counterpart and calls `engineContract`; what the counterpart can't show is named with the reason,
 * and appears as a skipped test, never as a passed one.
 */

const NOT_THERE = ExecutionId.parse('trainyard-never-submitted-1');
const PIECE = 4096;

/** Behaviours that end by themselves, how, and in which words. An exit code is of the command, null where it has none to show. */
const ENDS: readonly (readonly [Behaviour, readonly ExecutionFailure[], readonly (number | null)[], RegExp?])[] = [
  ['exits with 3', ['command_failed'], [3]],
  ['is not found', ['command_not_found'], [127, 126, null]],
  ['needs too much memory', ['out_of_memory'], [137, null]],
  ['leaves nothing', ['no_output'], [0, null]],
  ['leaves less than its stage', ['no_output'], [0, null]],
  ['outlives its timeout', ['timed_out'], [143, 137, null]],
  ['has a lock that can’t be installed', ['setup_failed'], [null, 1], /no-such-package-of-trainyard/],
  ['has an image that can’t be pulled', ['image_pull_failed'], [null]],
];

const LOSSES: readonly (readonly [Fault, readonly ExecutionFailure[]])[] = [
  ['engine’s process killed', ['machine_lost', 'engine_failed']],
  ['preempted', ['preempted']],
  ['machine lost', ['machine_lost']],
];

/** Before the effect, after it, and answers that are not what they should be. */
const WIRE_FAULTS: readonly WireFault[] = [
  'reset before the effect',
  'reset after the effect',
  '502',
  '429 with retry-after',
  'broken off in the body',
  'half of the body as if it were all',
];

/** @param lacks as the counterpart's own, which is known only after the tests have been named */
export function engineContract(name: string, lacks: Counterpart['lacks'], start: () => Promise<Counterpart>): void {
  const shows = (what: Behaviour | Fault | 'text of logs') => test.skipIf(lacks[what] !== undefined);

  describe(`the engine ${name}`, () => {
    let its: Counterpart;
    beforeAll(async () => {
      its = await start();
      expect(its.lacks).toEqual(lacks);
    });
    afterAll(async () => its?.stop());

    const seen = async (execution: ExecutionId): Promise<Observation> => {
      // Another process has to be able to say as much, and nothing that the schema does not know.
      const observation = await its.engine().observe(execution);
      return Observation.parse(observation);
    };
    const until = (execution: ExecutionId, what: string, holds: (observation: Observation) => boolean) =>
      eventually(`${execution} ${what}`, its.patience, () => seen(execution), holds);
    const begun = async (behaviour: Behaviour): Promise<Submission> => {
      const submission = await its.submission(behaviour);
      await its.engine().submit(submission);
      return submission;
    };
    const running = async (behaviour: Behaviour): Promise<ExecutionId> => {
      const { execution } = await begun(behaviour);
      await until(execution, 'runs', ({ state }) => state === 'running');
      return execution;
    };
    const ended = (execution: ExecutionId) =>
      until(execution, 'has ended', ({ state }) => state === 'ended') as Promise<
        Extract<Observation, { state: 'ended' }>
      >;
    const gone = (execution: ExecutionId) =>
      eventually(
        `${execution} is gone`,
        its.patience,
        () => its.engine().cancel(execution),
        (said) => said === 'gone',
      );

    describe('of what it was never given', () => {
      test('says that it is absent', async () => {
        expect(await seen(NOT_THERE)).toEqual({ state: 'absent' });
      });

      test('has an empty log, and nothing to cancel or to forget', async () => {
        expect((await its.engine().log(NOT_THERE, null, PIECE)).bytes).toHaveLength(0);
        expect(await its.engine().cancel(NOT_THERE)).toBe('gone');
        await its.engine().forget(NOT_THERE);
      });
    });

    describe('with an execution that succeeds', () => {
      let execution: ExecutionId;

      test('starts it once, however often and from wherever it is submitted', async () => {
        const submission = await its.submission('succeeds');
        execution = submission.execution;
        await Promise.all([its.engine().submit(submission), its.engine().submit(submission)]);
        await its.engine().submit(submission);
        await ended(execution);
        await its.engine().submit(submission);
        expect(await its.started(execution)).toBe(1);
      });

      test('says how it ended, and what it held for how long', async () => {
        const { end, startedAt, endedAt, usage } = await ended(execution);
        expect(end).toEqual({ how: 'succeeded' });
        expect(usage).toMatchObject({ gpus: 0, machines: its.machines ?? 1 });
        expect(usage?.seconds).toBeLessThan(its.patience);
        if (startedAt !== null && endedAt !== null)
          expect(Date.parse(startedAt)).toBeLessThanOrEqual(Date.parse(endedAt));
      });

      test('still has it ended well after it is cancelled too late', async () => {
        expect(await its.engine().cancel(execution)).toBe('gone');
        expect((await ended(execution)).end).toEqual({ how: 'succeeded' });
      });

      shows('text of logs')('gives its log in pieces of a bounded size, each line once and in order', async () => {
        const { text, largest } = await wholeLog(() => its.engine(), execution, PIECE);
        expect(largest).toBeLessThanOrEqual(PIECE);
        expect(text.toString('utf8')).toContain(PRINTED.join('\n'));
      });

      shows('text of logs')('gives the same from the same position again', async () => {
        const first = await its.engine().log(execution, null, 100);
        const [second, again] = [
          await its.engine().log(execution, first.next, 100),
          await its.engine().log(execution, first.next, 100),
        ];
        expect(again).toEqual(second);
      });

      test.each([
        ['empty', ''],
        ['negative', '-1'],
        ['no finite number', '1e999'],
        ['far behind the end', '99999999999999999999'],
        ['a path', '../../../../etc/passwd'],
        ['a zero byte', '\u0000'],
        ['long', 'x'.repeat(5000)],
      ])('takes a position that is %s for none of its own, or for the end', async (_, position) => {
        const piece = await its
          .engine()
          .log(execution, position, PIECE)
          .catch((error: unknown) => error);
        if (piece instanceof PortError) expect(piece.code).toBe('malformed');
        else expect((piece as LogPiece).bytes.length).toBeLessThanOrEqual(PIECE);
      });

      test('forgets it, also twice', async () => {
        await its.engine().forget(execution);
        await its.engine().forget(execution);
        await until(execution, 'is absent', ({ state }) => state === 'absent');
      });
    });

    describe('with an execution that fails', () => {
      for (const [behaviour, reasons, exitCodes, words = /./] of ENDS) {
        shows(behaviour)(`says ${reasons.join(' or ')} where it ${behaviour}`, async () => {
          const { execution } = await begun(behaviour);
          const { end } = await ended(execution);
          expect(end.how).toBe('failed');
          if (end.how !== 'failed') return;
          expect(reasons).toContain(end.reason);
          expect(exitCodes).toContain(end.exitCode);
          expect(end.message).toMatch(words);
          expect(EXECUTION_FAILURES[end.reason].retry).toBe(false);
          expect(await its.engine().cancel(execution)).toBe('gone');
          expect(await its.holds(execution)).toBe(false);
        });
      }

      shows('asks for 4,096 GPUs')('says why what is impossible can’t start, and lets go of it', async () => {
        const submission = await its.submission('asks for 4,096 GPUs');
        const refused = await its
          .engine()
          .submit(submission)
          .then(() => null)
          .catch((error: unknown) => error);
        if (refused === null) {
          const told = await until(submission.execution, 'says why', (observation) => {
            if (observation.state === 'ended') return true;
            return observation.state === 'waiting' && observation.why !== null && /gpu/i.test(observation.why);
          });
          if (told.state === 'ended') expect(told.end).toMatchObject({ reason: 'impossible_resources' });
          await gone(submission.execution);
        } else {
          expect(refused).toMatchObject({ code: 'malformed', message: expect.stringMatching(/gpu/i) });
        }
        expect(await its.holds(submission.execution)).toBe(false);
      });

      shows('is over quota')('says quota_exceeded where the quota does not allow it', async () => {
        const { execution } = await begun('is over quota');
        const told = await until(execution, 'says so', (observation) => {
          if (observation.state === 'ended') return true;
          return observation.state === 'waiting' && /quota/i.test(observation.why ?? '');
        });
        if (told.state === 'ended') expect(told.end).toMatchObject({ reason: 'quota_exceeded' });
        await gone(execution);
      });
    });

    describe('with a log that is not as logs should be', () => {
      shows('text of logs')('gives what lies around bytes that are no UTF-8', async () => {
        const { execution } = await begun('prints no UTF-8');
        await ended(execution);
        const { text } = await wholeLog(() => its.engine(), execution, PIECE);
        expect(text.indexOf('before\n')).toBeGreaterThanOrEqual(0);
        expect(text.indexOf('\nafter\n')).toBeGreaterThan(text.indexOf('before\n'));
      });

      shows('floods')('gives much of it in bounded pieces, in order, and says where some is skipped', async () => {
        const { execution } = await begun('floods');
        await ended(execution);
        const { text, largest, skipped } = await wholeLog(() => its.engine(), execution, 1 << 20);
        expect(largest).toBeLessThanOrEqual(1 << 20);
        const numbers = [...text.toString('latin1').matchAll(/^(\d{8}) /gm)].map(([, number]) => Number(number));
        expect(numbers.length).toBeGreaterThan(1000);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        const isWhole = numbers.every((number, index) => number === index) && text.length >= FLOOD;
        expect(isWhole || skipped).toBe(true);
      });
    });

    describe('cancelling', () => {
      shows('waits')('is gone only when nothing of it is left, asked from several places at once', async () => {
        const execution = await running('waits');
        // An engine says that it runs a moment before its command does.
        await eventually(`${execution} holds compute`, its.patience, () => its.holds(execution), Boolean);
        const said = await Promise.all([its.engine().cancel(execution), its.engine().cancel(execution)]);
        for (const word of said) expect(['gone', 'stopping']).toContain(word);
        await gone(execution);
        expect(await its.holds(execution)).toBe(false);
        expect((await ended(execution)).end).toEqual({ how: 'cancelled' });
      });

      shows('is deaf')('ends what does not listen to SIGTERM', async () => {
        const execution = await running('is deaf');
        await gone(execution);
        expect(await its.holds(execution)).toBe(false);
        expect((await ended(execution)).end).toEqual({ how: 'cancelled' });
      });

      test('right after submitting ends it, too', async () => {
        const { execution } = await begun('waits');
        await gone(execution);
        expect(await its.holds(execution)).toBe(false);
        const after = await seen(execution);
        expect(after.state === 'absent' || after.state === 'ended').toBe(true);
      });
    });

    describe('over a wire that spoils a request', () => {
      test.each(WIRE_FAULTS)('submits once: %s', async (fault) => {
        const submission = await its.submission('waits');
        await eachRequest(fault, its, (engine) => engine.submit(submission));
        await its.engine().submit(submission);
        await gone(submission.execution);
        expect(await its.started(submission.execution)).toBeLessThanOrEqual(1);
        expect(await its.holds(submission.execution)).toBe(false);
      });

      test('observes, reads, cancels and forgets when asked again', async () => {
        const execution = await running('waits');
        for (const fault of WIRE_FAULTS) {
          await eachRequest(fault, its, async (engine) => {
            expect((await engine.observe(execution)).state).toBe('running');
          });
          await eachRequest(fault, its, async (engine) => {
            expect((await engine.log(execution, null, PIECE)).bytes.length).toBeLessThanOrEqual(PIECE);
          });
        }
        for (const fault of WIRE_FAULTS) await eachRequest(fault, its, (engine) => engine.cancel(execution));
        await gone(execution);
        await ended(execution);
        for (const fault of WIRE_FAULTS) await eachRequest(fault, its, (engine) => engine.forget(execution));
        await until(execution, 'is absent', ({ state }) => state === 'absent');
      });

      test('says forbidden where its credentials have expired', async () => {
        const { engine } = its.spoiled(firstOf('401 expired token', () => true, Number.POSITIVE_INFINITY));
        await expect(engine.observe(NOT_THERE)).rejects.toMatchObject({ name: 'PortError', code: 'forbidden' });
      });
    });

    describe('when the machine does not last', () => {
      for (const [fault, reasons] of LOSSES) {
        shows(fault)(`says ${reasons.join(' or ')} where ${FAULTS[fault]}, so that another may go on`, async () => {
          const execution = await running('waits');
          await its.inject(fault, execution);
          const { end } = await ended(execution);
          expect(end).toMatchObject({ how: 'failed', reason: expect.toBeOneOf([...reasons]) });
          await gone(execution);
          expect(await its.holds(execution)).toBe(false);
        });
      }

      shows('forgotten')('says that it is absent when the engine has started anew', async () => {
        const execution = await running('waits');
        await its.inject('forgotten', execution);
        await until(execution, 'is absent', ({ state }) => state === 'absent');
      });
    });
  });
}
