import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Annotation, JobReporter } from '../../../local/workflows/host.ts';
import { parseLogCommand } from '../../../local/workflows/log-commands.ts';
import { Masks } from '../../../local/workflows/masks.ts';
import { JobLog, StepOutput } from '../../../local/workflows/step-output.ts';

describe('parseLogCommand', () => {
  test.each([
    ['::debug::x', { name: 'debug', properties: {}, message: 'x' }],
    [
      '  ::error file=a%2Cb%3A,line=3::50%25%0Adone',
      { name: 'error', properties: { file: 'a,b:', line: '3' }, message: '50%\ndone' },
    ],
    ['::Add-Mask::::', { name: 'add-mask', properties: {}, message: '::' }],
    ['::group::', { name: 'group', properties: {}, message: '' }],
  ])('reads %j', (line, expected) => {
    expect(parseLogCommand(line)).toEqual(expected);
  });

  test.each(['', 'text', ':: ::', '::unclosed', ': :error::x', 'x ::error::x'])('takes %j for text', (line) => {
    expect(parseLogCommand(line)).toBeUndefined();
  });

  test('never throws, and no property reaches a prototype', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(':', ' ', 'a', '=', ',', '%', '0', 'A') }), (text) => {
        parseLogCommand(`::${text}`);
      }),
    );
    const command = parseLogCommand('::error __proto__=polluted::x');
    expect(Object.getPrototypeOf(command?.properties)).toBe(Object.prototype);
  });
});

describe('Masks', () => {
  const masks = new Masks();
  masks.add('s3cr3t-value!');
  masks.add('first line\nsecond line');
  masks.add('   ');

  test.each([
    ['plain', 'a s3cr3t-value! b', 'a *** b'],
    ['each line of a long one', 'x second line y', 'x *** y'],
    ['JSON', `{"a":"${JSON.stringify('s3cr3t-value!').slice(1, -1)}"}`, '{"a":"***"}'],
    ['percent-encoded', encodeURIComponent('s3cr3t-value!'), '***'],
    ['spaces are no secret', 'a    b', 'a    b'],
  ])('hides %s', (_, line, expected) => {
    expect(masks.apply(line)).toBe(expected);
  });

  test('hides the base64 form at every offset', () => {
    for (const prefix of ['', 'x', 'xy']) {
      const encoded = Buffer.from(`${prefix}s3cr3t-value!`).toString('base64');
      expect(masks.apply(encoded)).toContain('***');
    }
  });

  test('leaves nothing of a secret that contains another', () => {
    const both = new Masks();
    both.add('abc');
    both.add('xxabcxx');
    expect(both.apply('xxabcxx')).toBe('***');
  });

  test('leaves no secret in any line', () => {
    const secret = fc.string({ minLength: 4 }).filter((text) => text.trim() !== '' && !/[\r\n*]/.test(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (text, before, after) => {
        const own = new Masks();
        own.add(text);
        expect(own.apply(`${before}${text}${after}`)).not.toContain(text);
      }),
    );
  });
});

describe('StepOutput', () => {
  function collect() {
    const lines: string[] = [];
    const annotations: Annotation[] = [];
    const nothing = () => undefined;
    const reporter: JobReporter = {
      id: 1,
      runnerName: 'x',
      assigned: () => undefined,
      started: () => ({ token: '', runtimeToken: '' }),
      step: nothing,
      log: (line) => lines.push(line),
      annotate: (annotation) => annotations.push(annotation),
      summary: nothing,
      completed: nothing,
    };
    return { lines, annotations, log: new JobLog(reporter, new Masks()) };
  }

  test('keeps ten annotations of a level for a step and fifty for a job', () => {
    const { annotations, log } = collect();
    for (let step = 0; step < 6; step += 1) {
      const output = new StepOutput(log, false);
      for (let index = 0; index < 12; index += 1) output.line(`::warning::${step}.${index}`);
    }
    expect(annotations).toHaveLength(50);
    expect(annotations.filter((one) => one.message.startsWith('0.'))).toHaveLength(10);
  });

  test('resumes only at the token that stopped it', () => {
    const { annotations, log } = collect();
    const output = new StepOutput(log, false);
    for (const line of ['::stop-commands::key', '::error::no', '::other::', '::key::', '::error::yes'])
      output.line(line);
    expect(annotations.map((one) => one.message)).toEqual(['yes']);
  });

  test.each(['set-output', 'save-state', 'set-env', 'add-path'])('refuses the old command %s loudly', (name) => {
    const { lines, annotations, log } = collect();
    new StepOutput(log, false).line(`::${name} name=a::b`);
    expect(lines[0]).toContain(`The \`${name}\` command is disabled`);
    expect(annotations[0]?.level).toBe('failure');
  });

  test('cuts a log that grows beyond its limit', () => {
    const { lines, log } = collect();
    const line = 'x'.repeat(1024 * 1024);
    for (let index = 0; index < 70; index += 1) log.line(line);
    expect(lines.length).toBeLessThan(67);
    expect(lines.at(-1)).toContain('The log was cut');
  });
});
