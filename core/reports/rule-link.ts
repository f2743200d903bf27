import { rulePage } from '../verification/rules.ts';
import { codeSpan } from './markdown.ts';

/** A rule of the scanner, as Markdown that leads to its page, which says how it is waived. Of no rule, the text alone. */
export function ruleLink(rule: string): string {
  const page = rulePage(rule);
  return page === null ? codeSpan(rule, 64) : `[${codeSpan(rule)}](${page})`;
}
