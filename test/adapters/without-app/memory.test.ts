import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_MEMORY, type Memory, merged, readMemory, withMemory } from '../../../adapters/without-app/memory.ts';
import { GitId, Instant } from '../../../core/names.ts';
import type { Notice } from '../../../flows/ports.ts';

const LIMIT = 65_536;
const COMMIT = GitId.parse('a'.repeat(40));
const HOME = 'https://github.example/acme/tally';

function notice(second: number, more: Partial<Notice> = {}): Notice {
  return {
    pullRequest: 7,
    key: `${second}:1`,
    at: Instant.parse(`2026-11-01T10:00:${String(second).padStart(2, '0')}Z`),
    author: 'ada',
    command: '/train',
    tone: 'ok',
    message: 'accepted -- \u0000 --> and more',
    ...more,
  };
}

const running = { commit: COMMIT, dataset: 'rows', state: JSON.stringify({ status: 'running', workflowRun: 1 }) };

describe('a memory', () => {
  test('takes a state that is not JSON, which people can write into the comment, as it is', () => {
    const odd = { ...running, state: 'no JSON' };
    expect(merged(EMPTY_MEMORY, { notices: [], validations: [odd] }).validations).toEqual([odd]);
  });

  test('comes out of a comment as it went in, and shows nothing of itself', () => {
    const memory: Memory = { notices: [notice(1), notice(2)], validations: [running] };
    const body = withMemory('## ready', memory, LIMIT);
    expect(readMemory(body, HOME)).toEqual(memory);
    expect(body.replace(/<!--[^>]*-->/g, '').trim()).toBe('## ready');
  });

  test('that is empty adds nothing to a comment', () => {
    expect(withMemory('## ready', EMPTY_MEMORY, LIMIT)).toBe('## ready');
  });

  test('is the same text each time, so that an unchanged comment is not written again', () => {
    const memory: Memory = { notices: [notice(1)], validations: [] };
    expect(withMemory('x', memory, LIMIT)).toBe(withMemory('x', memory, LIMIT));
  });

  test('that does not fit is forgotten from its oldest part on, and the comment is whole', () => {
    const notices = Array.from({ length: 10 }, (_, index) =>
      notice(index, {
        message: Array.from({ length: 900 }, (_, at) => String.fromCharCode(97 + ((at * 7 + index * 13) % 26))).join(
          '',
        ),
      }),
    );
    const body = 'x'.repeat(64_000);
    const text = withMemory(body, { notices, validations: [running] }, 65_200);
    expect(text.length).toBeLessThanOrEqual(65_200);
    expect(text.startsWith(body)).toBe(true);
    expect(readMemory(text, HOME).notices.at(-1)?.key).toBe('9:1');
    expect(withMemory('x'.repeat(LIMIT), { notices, validations: [] }, LIMIT)).toBe('x'.repeat(LIMIT));
  });

  test.each([
    ['no memory', 'just words'],
    ['bytes that are no archive', '\n<!-- trainyard:memory AAAA -->'],
    ['another form', `\n<!-- trainyard:memory ${gzipSync('{"notices":1}').toString('base64')} -->`],
    [
      'an archive that unpacks to too much',
      `\n<!-- trainyard:memory ${gzipSync('x'.repeat(2_000_000)).toString('base64')} -->`,
    ],
    ['a memory in the middle of words', `${withMemory('', { notices: [notice(1)], validations: [] }, LIMIT)}\nmore`],
  ])('is empty where a comment holds %s', (_what, body) => {
    expect(readMemory(body, HOME)).toEqual(EMPTY_MEMORY);
  });

  test.each([
    ['a workflow run of the repository', `${HOME}/actions/runs/17`, true],
    ['a later attempt of one', `${HOME}/actions/runs/17/attempts/2`, true],
    ['the repository itself', HOME, true],
    ['another host', 'https://evil.example/acme/tally/actions/runs/17', false],
    ['a host that begins like the server', `https://github.example.evil.example/acme/tally/actions/runs/17`, false],
    ['a repository that begins like this one', `${HOME}-evil/actions/runs/17`, false],
    ['another page of the repository', `${HOME}/blob/main/phish.html`, false],
    ['a way out of the runs', `${HOME}/actions/runs/17/../../../../evil`, false],
    ['a script', 'javascript:alert(1)', false],
  ])('keeps a data check only where it links home: %s', (_what, url, kept) => {
    const state = JSON.stringify({ status: 'running', workflowRun: 17, url, pullRequest: 1, path: 'data/rows.csv' });
    const body = withMemory('x', { notices: [], validations: [{ ...running, state }] }, LIMIT);
    expect(readMemory(body, HOME).validations).toHaveLength(kept ? 1 : 0);
  });

  test('never fails to be read, whatever somebody wrote there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const packed = [Buffer.from(bytes), gzipSync(bytes)].map((one) => one.toString('base64'));
        for (const text of packed) readMemory(`x\n<!-- trainyard:memory ${text} -->`, HOME);
      }),
    );
  });
});

describe('two memories', () => {
  test('are one in which the later answer to the same command holds', () => {
    const later = notice(1, { message: 'refused', tone: 'refused' });
    const both = merged({ notices: [notice(1), notice(3)], validations: [] }, { notices: [later], validations: [] });
    expect(both.notices).toEqual([later, notice(3)]);
  });

  test('hold the last ten answers', () => {
    const all = Array.from({ length: 14 }, (_, index) => notice(index));
    const both = merged({ notices: all.slice(0, 7), validations: [] }, { notices: all.slice(7), validations: [] });
    expect(both.notices.map(({ key }) => key)).toEqual(all.slice(4).map(({ key }) => key));
  });

  test('keep only the first findings of a data check, and say how many there were', () => {
    const findings = Array.from({ length: 60 }, (_, line) => ({ line, message: 'x' }));
    const state = JSON.stringify({ status: 'done', result: { findings, total: 60 } });
    const [kept] = merged(EMPTY_MEMORY, { notices: [], validations: [{ ...running, state }] }).validations;
    expect(JSON.parse(kept?.state ?? '')).toEqual({
      status: 'done',
      result: { findings: findings.slice(0, 5), total: 60 },
    });
  });

  test('leave the report of a data check to its check', () => {
    const state = JSON.stringify({ status: 'done', result: { findings: [], report: { rules: ['x'.repeat(30_000)] } } });
    const [kept] = merged(EMPTY_MEMORY, { notices: [], validations: [{ ...running, state }] }).validations;
    expect(JSON.parse(kept?.state ?? '')).toEqual({ status: 'done', result: { findings: [], report: null } });
  });
});
