import type { FormatVerdict, Rule } from '../format.ts';

export const SCRIPT: Rule = {
  id: 'script',
  title: 'Source code',
  why: 'It is made to be executed, and no scan can say what it does.',
};

/** What is said of source code: a program by design, which is read by no rule and never clean. */
export function program(format: 'source code' | 'notebook' = 'source code'): FormatVerdict {
  const message = 'source code: it runs with the rights of whoever imports or executes it, so no scan can vouch for it';
  const fix =
    'Drop the file from the output; if the model needs its code, review it and waive this file by its digest.';
  const note = { rule: SCRIPT.id, severity: 'medium' as const, message, fix, offset: 0 };
  return { format, verdict: 'unscanned', reason: 'program', notes: [note] };
}
