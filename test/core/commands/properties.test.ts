import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseComment } from '../../../core/commands/parse.ts';
import { renderCommand } from '../../../core/commands/render.ts';
import { invisibleIn, quoteWord, tokenize } from '../../../core/commands/tokens.ts';
import { command, hostile } from './arbitraries.ts';
import { commandIn } from './reading.ts';

const commandsOf = (body: string) => parseComment(body).filter(({ kind }) => kind === 'command');

describe('for any text', () => {
  test('parsing never throws, and every line is one of the text, in order', () => {
    fc.assert(
      fc.property(hostile, (body) => {
        const lines = body.split(/\r\n|\n|\r/);
        const parsed = parseComment(body);
        for (const { line, text } of parsed) expect(lines[line - 1]).toBe(text);
        expect(parsed.map(({ line }) => line)).toEqual(parsed.map(({ line }) => line).sort((a, b) => a - b));
      }),
      { numRuns: 1000 },
    );
  });

  test('a command begins with its slash at the first column', () => {
    fc.assert(
      fc.property(hostile, (body) => {
        for (const line of commandsOf(body)) expect(line.text).toMatch(/^\/[a-z-]+([ \t]|$)/);
      }),
      { numRuns: 1000 },
    );
  });

  test('what is read is text that stands in the line, expanded in no way', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), (text) => {
        const [token, ...more] = tokensOf(`a${quoteWord(`b${text}`)}`);
        expect([token, more]).toEqual([`ab${text}`, []]);
      }),
    );
  });

  test('bare words are read letter for letter', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,40}$/), (word) => {
        fc.pre(!/["'\\]/.test(word));
        expect(tokensOf(word)).toEqual([word]);
      }),
    );
  });
});

describe('nothing is run that stands', () => {
  const hides: readonly (readonly [string, (inside: string) => string])[] = [
    ['in a fence of backquotes', (inside) => `\`\`\`\n${inside.replaceAll('`', '')}\n/train\n\`\`\``],
    ['in a fence of tildes', (inside) => `~~~ sh\n${inside.replaceAll('~', '')}\n/train\n~~~`],
    ['in a fence that never ends', (inside) => `\`\`\`\n${inside.replaceAll('`', '')}\n/train`],
    ['in a quote', (inside) => [...inside.split(/\r\n|\n|\r/), '/train'].map((line) => `> ${line}`).join('\n')],
    ['in indented code', (inside) => [...inside.split(/\r\n|\n|\r/), '/train'].map((line) => `    ${line}`).join('\n')],
    ['behind spaces', (inside) => [...inside.split(/\r\n|\n|\r/), '/train'].map((line) => ` ${line}`).join('\n')],
    ['in a comment of HTML', (inside) => `<!--\n${inside.replaceAll('>', '')}\n/train\n-->`],
    ['in preformatted HTML', (inside) => `<pre>\n${inside.replaceAll('<', '')}\n/train\n</pre>`],
    ['in a list', (inside) => [...inside.split(/\r\n|\n|\r/), '/train'].map((line) => `- ${line}`).join('\n')],
  ];
  test.each(hides)('%s', (_, hide) => {
    fc.assert(
      fc.property(hostile, (inside) => {
        expect(commandsOf(hide(inside))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a command written as text', () => {
  test('is read as the same command', () => {
    fc.assert(
      fc.property(command, (of) => {
        expect(commandIn(renderCommand(of))).toEqual(of);
      }),
      { numRuns: 2000 },
    );
  });

  test('is one line, and shows all that it says', () => {
    fc.assert(
      fc.property(command, (of) => {
        const text = renderCommand(of);
        expect(text).not.toMatch(/[\r\n]/);
        expect(invisibleIn(text)).toBeNull();
      }),
    );
  });

  test.each([
    [{ name: 'hold', reason: 'cancel', expiresIn: null }, '/hold "cancel"'],
    [{ name: 'hold', reason: 'wait for labels', expiresIn: 5400 }, '/hold wait for labels --for 90m'],
    [{ name: 'hold', reason: 'the -x flag', expiresIn: null }, '/hold "the -x flag"'],
    [
      { name: 'override', gate: { model: null, metric: 'f1' }, reason: 'see @abcdef1', sha: null },
      '/override f1 "see @abcdef1"',
    ],
  ] as const)('%j is %s', (of, text) => {
    // Names are branded in the type, and plain here.
    expect(renderCommand(of as Parameters<typeof renderCommand>[0])).toBe(text);
  });
});

function tokensOf(line: string): string[] {
  const tokens = tokenize(line);
  return tokens.ok ? tokens.tokens.map(({ text }) => text) : [];
}
