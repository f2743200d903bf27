import { expect } from 'vitest';
import type { Command } from '../../../core/commands/command.ts';
import { type ParsedLine, parseComment } from '../../../core/commands/parse.ts';

export const RUN = '01J9ZQ3X8M4V6T2B7C5D1E0F9G';

/** The one line of ours that a comment holds. */
export function only(body: string): ParsedLine {
  const [line, ...more] = parseComment(body);
  if (line === undefined || more.length > 0) throw new Error(`expected one line of ours in ${JSON.stringify(body)}`);
  return line;
}

export function commandIn(body: string): Command {
  const line = only(body);
  if (line.kind === 'error') throw new Error(`${body}: ${line.message}`);
  return line.command;
}

/** Expects a refusal with what helps its author: a code, a message, and the usage and an example of a command. */
export function expectRefused(body: string, message: RegExp, code = 'bad_arguments'): void {
  const line = only(body);
  expect(line).toMatchObject({ kind: 'error', code, message: expect.stringMatching(message) });
  expect(line).toMatchObject({ usage: expect.stringMatching(/^\//), example: expect.stringMatching(/^\//) });
}

/** A `/train` as it is read when nothing is said. */
export const train = (rest: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  name: 'train',
  models: [],
  set: [],
  gpu: null,
  engine: null,
  resume: null,
  repro: null,
  force: false,
  sha: null,
  ...rest,
});
