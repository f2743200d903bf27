import type { ParsedLine } from '../core/commands/parse.ts';
import type { AllowedDecision } from '../core/decision/decision.ts';
import type { GitId } from '../core/names.ts';
import { carryOut, refusalOf } from './carry-out.ts';
import type { CommandAnswer } from './command.ts';
import type { DecidedLine } from './decisions.ts';
import type { Decided, FactSource } from './facts.ts';
import type { Ports } from './ports.ts';

/**
 * Milliseconds for which an allowed line stays decided. A flow that GitHub cut short is handled anew, and by then its own
 * effects, or a merge, could have the same line refused: it would be told so, and its run would go on. Whatever came
 * in later waits behind it, so no hold or lock is passed over; beyond this, the world may be another one.
 */
const STAYS_DECIDED = 3_600_000;
/** Of what is remembered; what another version remembers is decided anew. */
const FORM = 1;

interface Kept {
  readonly form: number;
  readonly at: number;
  readonly decided: AllowedDecision;
  readonly head: GitId | null;
  /** Null: it is being carried out. */
  readonly answer: CommandAnswer | null;
}

type Step = { readonly decided: Decided; readonly head: GitId | null; readonly answer?: CommandAnswer | null };

/** What happened to one line; `left` where it is left alone. */
export type LineEnd =
  | { readonly kind: 'decided'; readonly line: DecidedLine }
  | { readonly kind: 'left'; readonly decided: Extract<Decided, { verdict: 'ignored' }> };

export interface LineOptions {
  /** Names of its steps: `decide…` and `carried out…`. */
  readonly suffix: string;
  /** What is pressed again is asked again, perhaps by somebody else: only a comment or a request asks once. */
  readonly asksOnce: boolean;
  /** Before an allowed line is carried out. */
  readonly onAllowed?: () => Promise<void>;
}

/** Decides one line and carries it out, once for however many flows that are about it. */
export async function decideLine(
  ports: Ports,
  source: FactSource,
  line: ParsedLine,
  { suffix, asksOnce, onAllowed = async () => {} }: LineOptions,
): Promise<LineEnd> {
  // Whoever asks under the id of another one's request is decided by their own rights.
  const { operation, comment } = source.subject;
  const key = `line ${operation(line.line)} of ${comment.author}`;
  const {
    decided,
    head,
    answer: known = null,
  } = await ports.steps.run(`decide${suffix}`, async (): Promise<Step> => {
    const kept = asksOnce ? await recall(ports, key) : null;
    if (kept !== null) return kept;
    const fresh = await source.decide(line);
    if (asksOnce && fresh.decided.verdict === 'allowed')
      await remember(ports, key, { ...fresh, decided: fresh.decided, answer: null });
    return fresh;
  });
  if (decided.verdict === 'ignored') return { kind: 'left', decided };
  if (decided.verdict === 'refused')
    return { kind: 'decided', line: { line, decided, head, answer: refusalOf(decided) } };
  await onAllowed();
  if (known !== null) return { kind: 'decided', line: { line, decided, head, answer: known } };
  const answer = await carryOut(ports, source, line.line, decided);
  if (asksOnce)
    await ports.steps.run(`carried out${suffix}`, async () => {
      await remember(ports, key, { decided, head, answer });
      return null;
    });
  return { kind: 'decided', line: { line, decided, head, answer } };
}

async function recall({ inFlight, clock }: Pick<Ports, 'inFlight' | 'clock'>, key: string): Promise<Kept | null> {
  const text = await inFlight.progress(key);
  if (text === null) return null;
  // Our own words, which nobody else can write: as with the record of a step, their form alone is looked at.
  const kept = JSON.parse(text) as Kept;
  if (kept.form !== FORM) return null;
  return kept.answer !== null || clock.now().getTime() - kept.at < STAYS_DECIDED ? kept : null;
}

async function remember(
  { inFlight, clock }: Pick<Ports, 'inFlight' | 'clock'>,
  key: string,
  of: Omit<Kept, 'form' | 'at'>,
): Promise<void> {
  const kept: Kept = { form: FORM, at: clock.now().getTime(), ...of };
  await inFlight.putProgress(key, JSON.stringify(kept));
}
