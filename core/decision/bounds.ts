import type { Decision } from './decision.ts';

const MAX_MESSAGE = 2000;
const MAX_PART = 500;
const MAX_EFFECTS = 60;

/** Cuts what is said, since names and reasons of others' making are in it. Examples are whole or none. */
export function bounded(decision: Decision): Decision {
  switch (decision.verdict) {
    case 'needs':
      return decision;
    case 'ignored':
      return { ...decision, message: cut(decision.message, MAX_MESSAGE) };
    case 'refused': {
      const { example, expected, found, message } = decision;
      return {
        ...decision,
        message: cut(message, MAX_MESSAGE),
        expected: expected === null ? null : cut(expected, MAX_PART),
        found: found === null ? null : cut(found, MAX_PART),
        example: example === null || example.length > MAX_PART ? null : example,
      };
    }
    case 'allowed':
      return {
        ...decision,
        message: cut(decision.message, MAX_MESSAGE),
        effects: decision.effects.slice(0, MAX_EFFECTS).map((effect) => cut(effect, MAX_PART)),
      };
  }
}

/** Never through the middle of a character. */
function cut(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `${text
        .slice(0, limit - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}
