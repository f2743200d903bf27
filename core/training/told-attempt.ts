import { z } from 'zod';
import { RunId } from '../names.ts';
import { cleanLine } from '../reports/characters.ts';
import { TRAIN_NOTES, type TrainNoteCode, type TrainStatus } from './status.ts';

const MAX_NOTES = 5;
const MAX_MESSAGE = 300;

/**
 * How the attempt on a compute engine that ended began, and what its author should know of it. Attempt and run are our
 * own; bytes and notes are what its machine said, which code from a pull request had.
 */
export const ToldAttempt = z.strictObject({
  /** Counts from 1. */
  attempt: z.int().min(1).max(100),
  /** Whose last checkpoint it went on from, and the bytes of that; null where it began at the beginning. */
  resumed: z.strictObject({ run: RunId, bytes: z.int().min(0) }).nullable(),
  notes: z
    .array(
      z.strictObject({
        code: z.enum(Object.keys(TRAIN_NOTES) as [TrainNoteCode, ...TrainNoteCode[]]),
        message: z.string().max(MAX_MESSAGE),
      }),
    )
    .max(MAX_NOTES),
});
export type ToldAttempt = z.infer<typeof ToldAttempt>;

/**
 * @param restores the run whose last checkpoint the attempt was given; null for none
 * @returns undefined where there is nothing to tell: the first attempt, begun at the beginning, with nothing to note
 */
export function toldAttempt(
  attempt: number,
  restores: RunId | null,
  { resumed, notes }: Pick<TrainStatus, 'resumed' | 'notes'>,
): ToldAttempt | undefined {
  const from = resumed === null || restores === null ? null : { run: restores, bytes: resumed.bytes };
  if (attempt === 1 && from === null && notes.length === 0) return undefined;
  const kept = notes.slice(0, MAX_NOTES);
  return {
    attempt,
    resumed: from,
    notes: kept.map(({ code, message }) => ({ code, message: cleanLine(message, MAX_MESSAGE) })),
  };
}

/** In words, a line each; the later part of a note is foreign text, unescaped. */
export function attemptWords({ attempt, resumed, notes }: ToldAttempt, run: RunId): readonly string[] {
  const whose = resumed?.run === run ? 'its own last checkpoint' : `the last checkpoint of run ${resumed?.run}`;
  const began = resumed === null ? 'began at the beginning' : `went on from ${whose} (${resumed.bytes} bytes)`;
  return [
    ...(attempt === 1 && resumed === null ? [] : [`Attempt ${attempt} ${began}.`]),
    ...notes.map(({ code, message }) => `${TRAIN_NOTES[code]} ${message}`.trim()),
  ];
}
