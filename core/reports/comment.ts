import { dataSection } from './data-section.ts';
import { codeSpan, details, escapeMarkdown, escapeProse, joinSections, table } from './markdown.ts';
import { planSection } from './plan-section.ts';
import { runSection } from './run-section.ts';
import type { CommentView, NoticeView } from './view.ts';
import { count, MOOD_SIGN, shortId } from './words.ts';

/**
 * Begins the one comment that is edited in place. It counts only at the very start of a comment of our own account:
 * anybody can type it.
 */
export const COMMENT_MARKER = '<!-- trainyard:pr -->';

/** The sticky comment: the verdict in one line, what to do next, then runs, data and plan. */
export function renderComment(view: CommentView): string {
  const { headline } = view;
  return joinSections([
    [`${COMMENT_MARKER}\n## ${MOOD_SIGN[headline.mood]} ${escapeMarkdown(headline.text)}`],
    [nextSteps(view)],
    [standing(view)],
    notices(view.notices),
    view.runs.flatMap(runSection),
    dataSection(view.data),
    view.plan === null ? [] : planSection(view.plan),
    [spending(view)],
    [`<sub>Trainyard, for the head ${codeSpan(shortId(view.head))}. This comment is edited as things change.</sub>`],
  ]);
}

function nextSteps({ next }: CommentView): string {
  if (next.length === 0) return '';
  const lines = next.map(({ text, command }) => {
    // Notes of a merge name commands to copy.
    const words = escapeProse(text);
    return command === null ? `- ${words}` : `- ${words}: ${codeSpan(command)}`;
  });
  return `**Next**\n${lines.join('\n')}`;
}

/** Locks are the whole repository's, so there may be many. */
const STANDING_LINES = 20;

function standing({ standing: lines = [] }: CommentView): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, STANDING_LINES).map((line) => `- ${escapeProse(line)}`);
  const more = lines.length - shown.length;
  return ['**Held back and overridden**', ...shown, ...(more > 0 ? [`- and ${count(more, 'more')}`] : [])].join('\n');
}

const SPENDING_ROWS = 20;

function spending({ spending: rows = [] }: CommentView): string {
  if (rows.length === 0) return '';
  const shown = rows
    .slice(0, SPENDING_ROWS)
    .map(({ what, runs, cost, budget }) => [
      escapeMarkdown(what),
      runs.toLocaleString('en-US'),
      escapeMarkdown(cost),
      budget === null ? '–' : escapeMarkdown(budget),
    ]);
  const more = rows.length - shown.length;
  const body = table(['Training', 'Runs', 'Cost', 'Budget'], shown, ['left', 'right', 'right', 'right']);
  return details(
    'What training has cost, runs in progress with all of their time',
    more > 0 ? `${body}\n\nand ${count(more, 'more model')}` : body,
  );
}

/** A comment's commands, and what refuses those beyond them. */
const NOTICES = 12;
/** Lines of one answer; `/help` needs about thirty. */
const NOTICE_LINES = 40;

function notices(list: readonly NoticeView[]): readonly string[] {
  return list.slice(0, NOTICES).map(({ kind, command, by, message }) => {
    const all = message.split('\n');
    const lines = all.slice(0, NOTICE_LINES).map((line) => escapeProse(line));
    if (all.length > NOTICE_LINES) lines.push(`Cut here: ${count(all.length - NOTICE_LINES, 'more line')}.`);
    const asked = command === '' ? '' : `${codeSpan(command, 120)} by ${escapeMarkdown(by)}: `;
    const words = `${asked}${lines.join('<br>')}`;
    return kind === 'refused' ? `> [!WARNING]\n> Refused ${words}` : `> ${words}`;
  });
}
