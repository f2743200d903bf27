import { cleanLine } from './characters.ts';

/** What git itself suggests for the first line, and what GitHub shows of it. */
const SUBJECT = 72;

/**
 * A commit's or tag's first line from foreign text: one line, so that it forges no trailer below it, without what GitHub
 * acts on in a message that reaches the default branch: mentions, and words that close an issue (`fixes #1`).
 */
export function gitSubject(text: string): string {
  const words = cleanLine(text, SUBJECT)
    .replace(/@(?=[A-Za-z0-9])/g, '@ ')
    .replace(/#(?=\d)/g, '# ')
    .replace(/\bGH-(?=\d)/gi, 'GH ')
    .replaceAll('://', ': //');
  return cleanLine(words, SUBJECT) || '(empty)';
}
