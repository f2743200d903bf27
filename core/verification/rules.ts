import { ENGINE_RULES } from './engine.ts';
import type { Rule } from './format.ts';
import { FORMATS } from './formats.ts';

/** Where the pages of docs/rules are read. */
const PAGES = 'https://github.com/trainyard/trainyard/blob/main/docs/rules';

/** Every rule that a finding can name, by id. Two formats may share a rule. */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  [
    ...ENGINE_RULES,
    ...FORMATS.flatMap((format) => [
      ...format.rules,
      {
        id: `${format.name}-malformed`,
        title: `Not a well-formed ${format.name} file`,
        why: 'Readers differ in what they make of broken bytes, and what one of them sees no scanner can say.',
      },
    ]),
  ].map((rule) => [rule.id, rule]),
);

/** Address of the page about a rule: its weaknesses, examples, and how to waive it. Null for what is no rule of the scanner. */
export function rulePage(id: string): string | null {
  return RULES.has(id) ? `${PAGES}/${id}.md` : null;
}
