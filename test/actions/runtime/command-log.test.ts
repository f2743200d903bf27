import { expect, test } from 'vitest';
import { CommandLog } from '../../../actions/runtime/command-log.ts';

function logged(chunks: readonly (string | Buffer)[]) {
  let text = '';
  const log = new CommandLog((chunk) => {
    text += chunk.toString();
  }, 'token');
  log.begin();
  for (const chunk of chunks) log.take(Buffer.from(chunk));
  log.end();
  return { text, tail: log.tail() };
}

test('workflow commands are off between the marks', () => {
  expect(logged(['::set-env name=A::b\n']).text).toBe('::stop-commands::token\n::set-env name=A::b\n::token::\n');
});

test('the closing mark starts its line, also after an unfinished one', () => {
  expect(logged(['no newline']).text).toBe('::stop-commands::token\nno newline\n::token::\n');
});

test('the tail holds the last 200 lines', () => {
  const { tail } = logged([Array.from({ length: 500 }, (_, index) => `line ${index}\n`).join('')]);
  const lines = tail.trimEnd().split('\n');
  expect(lines).toHaveLength(200);
  expect(lines.at(-1)).toBe('line 499');
});

test('the tail is at most 64 KiB and cut at a character', () => {
  const { tail } = logged(['é'.repeat(100_000)]);
  expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(65_536);
  expect(tail).toMatch(/^é+$/);
});

test('a character that arrives in two chunks is whole in the tail', () => {
  const bytes = Buffer.from('é');
  expect(logged([bytes.subarray(0, 1), bytes.subarray(1)]).tail).toBe('é');
});

test('a workflow command of ours is heard among theirs, and starts its line', () => {
  let text = '';
  const log = new CommandLog((chunk) => {
    text += chunk.toString();
  }, 'token');
  log.begin();
  log.take(Buffer.from('unfinished'));
  log.aside(() => {
    text += '::warning::stalled\n';
  });
  log.take(Buffer.from('::set-env name=A::b\n'));
  log.end();
  expect(text).toBe(
    '::stop-commands::token\nunfinished\n::token::\n::warning::stalled\n::stop-commands::token\n::set-env name=A::b\n::token::\n',
  );
});

test('what came since is told, of a flood its end', () => {
  const log = new CommandLog(() => {}, 'token');
  log.take(Buffer.from('one\n'));
  const before = log.taken;
  expect(log.since(before)).toBe('');
  log.take(Buffer.from('two\n'));
  log.say('of ours');
  expect(log.since(before)).toBe('two\n');
  for (let chunk = 0; chunk < 20; chunk += 1) log.take(Buffer.from('x'.repeat(65_536)));
  log.take(Buffer.from('end'));
  expect(log.since(before)).toHaveLength(65_536);
  expect(log.since(before).endsWith('xend')).toBe(true);
});
