import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { describe, expect, test } from 'vitest';
import { visibleLines } from '../../../core/commands/markdown-lines.ts';

const commands = (body: string): string[] =>
  visibleLines(body)
    .map(({ text }) => text)
    .filter((text) => text.startsWith('/'));

describe('a line is hidden when it stands', () => {
  test.each([
    ['in a fence of backquotes', '```\n/x\n```'],
    ['in a fence with an info string', '```sh\n/x\n```'],
    ['in a fence of tildes', '~~~\n/x\n~~~'],
    ['in a fence that never ends', '```\n/x'],
    ['in a fence that a shorter one does not close', '````\n```\n/x\n````'],
    ['in a fence that one of the other kind does not close', '```\n~~~\n/x\n```'],
    ['in a fence indented by three', '   ```\n/x\n   ```'],
    ['in a fence that a mark with words after it does not close', '```\n``` no\n/x\n```'],
    ['in a fence that interrupts a paragraph', 'text\n```\n/x\n```'],
    ['in a fence after an ordered marker that is only text', 'text\n2. x\n   ```\n/x\n   ```'],
    ['in a fence after an empty list item and a blank line', '-\n\n  ```\n/x\n  ```'],
    ['in a fence after a quote that ended a list', '- a\n> q\n  ```\n/x\n  ```'],
    ['in indented code', 'a\n\n    /x'],
    ['behind one space', ' /x'],
    ['behind a tab', '\t/x'],
    ['in a quote', '> /x'],
    ['in a quote that goes on without its mark', '> a\n/x'],
    ['in a quote that goes on after a line with a no-break space', '> a\n\u00a0\n/x'],
    ['in a quote within a list item, without marks', '- > a\n/x'],
    ['in an HTML comment', '<!--\n/x\n-->'],
    ['in an HTML comment that never ends', '<!--\n/x'],
    ['in an HTML comment that begins within a paragraph', 'a <!--\n/x\n-->'],
    ['in preformatted text', '<pre>\n/x\n\n</pre>'],
    ['in a script', '<script>\n/x\n</script>'],
    ['in an HTML block', '<div>\n/x\n</div>'],
    ['after a lone tag', '<span>\n/x'],
    ['in a processing instruction', '<?php\n/x\n?>'],
    ['in a CDATA section', '<![CDATA[\n/x\n]]>'],
    ['in a declaration', '<!DOCTYPE\n/x\n>'],
    ['in a code span', 'a `b\n/x\nc`'],
    ['in a code span of two backquotes', 'a ``b `\n/x\nc``'],
    ['in a tag', 'a <b title="\n/x\n">c</b>'],
    ["in a link's title", '[a](/b "\n/x\n")'],
    ['as the target of a link definition', '[a]:\n/x'],
    ['as the title of a link definition', '[a]: /b "\n/x\n"'],
    ['in a formula', '$$\n/x\n$$'],
    ['behind a list marker', '- /x'],
    ['behind an ordered list marker', '1. /x'],
    ['in a heading', '# /x'],
    ['in a row of a table', 'a | b\n- | -\n/x | c'],
    ['in the head of a table', '/x | b\n--- | ---\nc | d'],
    ['in a table of one column', 'a\n:-\n/x'],
    ['in a table after a line of text', 'text\na | b\n- | -\n/x'],
  ])('%s', (_, body) => {
    expect(commands(body)).toEqual([]);
  });
});

describe('a line is visible when it stands', () => {
  test.each([
    ['alone', '/x'],
    ['after a paragraph', 'text\n\n/x'],
    ['in a paragraph', 'text\n/x\ntext'],
    ['between carriage returns', 'text\r\n/x\r\n'],
    ['after old Mac line ends', 'text\r/x\r'],
    ['after a closed fence', '```\ncode\n```\n/x'],
    ['after a fence that a longer one closed', '```\ncode\n`````\n/x'],
    ['after a fence whose list item has ended', '- ```\n/x'],
    ['after a quote and a blank line', '> a\n\n/x'],
    ['after a closed HTML comment', '<!-- a -->\n/x'],
    ['after an HTML comment of several lines', '<!--\na\n-->\n/x'],
    ['after a details block and a blank line', '<details>\n\n/x\n\n</details>'],
    ['after a code span', 'a `b` c\n/x'],
    ['after a backquote that opens nothing', 'a ` b\n/x'],
    ['after an escaped backquote', 'a \\` b\n/x\nc ` d'],
    ['after a less-than sign', 'a < b\n/x'],
    ['after a heading', '# a\n/x'],
    ['after a list', '- a\n- b\n\n/x'],
    ['right after a list item', '- a\n/x'],
    ['after a table', '| a |\n| - |\n| b |\n\n/x'],
    ['before a table that follows its paragraph', '/x\n| a |\n| - |\n| b |'],
    ['after a line with a bar', 'a | b\n/x'],
    ['after an image', '![a](b)\n/x'],
  ])('%s', (_, body) => {
    expect(commands(body)).toEqual(['/x']);
  });
});

test('lines are counted from 1 in the comment as written', () => {
  expect(visibleLines('a\r\n\r\n```\n/no\n```\n/x').map(({ line }) => line)).toEqual([1, 6]);
});

/**
 * An independent reading of the same text: marked's tokens. Comments that a person could write by accident, built of
 * the constructs that hide text, with numbered commands between them.
 */
describe('held against another Markdown reader', () => {
  // Without fences in list items and lone tags, where marked departs from CommonMark.
  const piece = fc.constantFrom(
    ...[
      '```',
      '~~~',
      '````',
      '```sh',
      '> q',
      '> ```',
      '- a',
      '1. a',
      '* x',
      '',
      '',
      'text',
      'a `b',
      'c` d',
      '<!--',
      '-->',
    ],
    ...['# h', '---', '***', '    code', 'a | b', '--- | ---', '| - |', ':-:', 'c | d'],
  );
  const body = fc
    .array(fc.oneof({ weight: 3, arbitrary: piece }, { weight: 1, arbitrary: fc.constant('/x') }), { maxLength: 14 })
    .map((lines) => lines.map((line, index) => (line === '/x' ? `/x${index}` : line)).join('\n'));

  test('what is visible to us is shown as text by it', () => {
    fc.assert(
      fc.property(body, (text) => {
        const shown = shownText(marked.lexer(text)).split('\n');
        for (const command of commands(text)) expect(shown, JSON.stringify(text)).toContain(command);
      }),
      { numRuns: 2000 },
    );
  });
});

function shownText(tokens: readonly Token[]): string {
  return tokens.map(shownToken).join('');
}

function shownToken(token: Token): string {
  switch (token.type) {
    case 'code':
    case 'blockquote':
    case 'html':
    case 'def':
    case 'codespan':
    case 'table':
      return '\u0000';
    case 'list':
      return (token as Tokens.List).items.map((item) => `\n${shownText(item.tokens)}\n`).join('');
    case 'paragraph':
    case 'heading':
      return `\n${shownText((token as Tokens.Paragraph).tokens)}\n`;
    case 'text':
      return 'tokens' in token && token.tokens !== undefined ? `\n${shownText(token.tokens)}\n` : token.raw;
    default:
      return token.raw;
  }
}
