import { z } from 'zod';
import { COMMAND_NAMES } from '../commands/registry.ts';
import { REASONS, type Reason } from '../decision/reasons.ts';
import { keysOf } from '../records.ts';

/** What `trainyard explain` prints. */

const CommandName = z.enum(COMMAND_NAMES);
const ReasonCode = z.enum(keysOf<Reason>(REASONS));

const Line = {
  line: z.int().positive().describe('In the comment, from 1.'),
  text: z.string().describe('As it was typed, cut at 500 characters.'),
  reason: ReasonCode.describe('From the closed set that docs/outcomes.md lists.'),
  message: z.string(),
};

export const ExplainedLine = z.discriminatedUnion('verdict', [
  z.strictObject({
    verdict: z.literal('allowed'),
    ...Line,
    command: CommandName,
    means: z.string().describe('The command as it was understood, written as a line.'),
    granted_by: z.string().describe('`write`, `team:ml`, `user:ada`.'),
    sha: z.string().nullable().describe('The commit that it is bound to; null where it means none.'),
    effects: z.array(z.string()).describe('What would be done.'),
  }),
  z.strictObject({
    verdict: z.literal('refused'),
    ...Line,
    command: CommandName.nullable().describe('null where the line is no command.'),
    means: z.string().nullable(),
    expected: z.string().nullable(),
    found: z.string().nullable(),
    example: z.string().nullable().describe('A line that would work; null where none would.'),
  }),
  z.strictObject({
    verdict: z.literal('ignored'),
    ...Line,
    command: CommandName.nullable(),
    means: z.string().nullable(),
  }),
]);
export type ExplainedLine = z.infer<typeof ExplainedLine>;

export const Explanation = z.strictObject({
  assumed: z.boolean().describe('Whether a typical pull request was taken, since none was given.'),
  missing: z
    .array(z.string())
    .describe('Keys that --pr lacks and that a decision asked for: what rests on them was refused.'),
  actor: z.strictObject({
    user: z.string(),
    type: z.enum(['User', 'Bot', 'Other']),
    role: z.string(),
    teams: z.array(z.string()),
  }),
  verdict: z
    .enum(['none', 'allowed', 'refused'])
    .describe('`none`: no command. `refused`: at least one line is not carried out.'),
  commands: z.array(ExplainedLine),
});
export type Explanation = z.infer<typeof Explanation>;
