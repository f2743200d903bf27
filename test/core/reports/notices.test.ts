import { expect, test } from 'vitest';
import { renderComment } from '../../../core/reports/comment.ts';

const view = (message: string) => ({
  headline: { mood: 'neutral', text: 'nothing to say' } as const,
  head: 'a'.repeat(40),
  plan: null,
  data: [],
  runs: [],
  notices: [{ kind: 'answered', command: '/help', by: 'ada', message, at: '2026-11-01T00:00:00Z' } as const],
  next: [],
});

test('the lines of an answer stay apart', () => {
  expect(renderComment(view('one\ntwo'))).toContain('one<br>two');
});

test('a line of an answer can not begin a block of its own', () => {
  const body = renderComment(view('one\n# two\n<!-- trainyard:pr -->\n@everyone'));
  expect(body).not.toContain('\n# two');
  expect(body.match(/<!-- trainyard:pr -->/g)).toHaveLength(1);
  expect(body).not.toContain('@everyone');
});
