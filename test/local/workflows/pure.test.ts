import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPatterns } from '../../../local/actions/filters.ts';
import { unzip } from '../../../local/workflows/artifacts/unzip.ts';
import { writeZip } from '../../../local/workflows/artifacts/zip.ts';
import { ConcurrencyGroups } from '../../../local/workflows/concurrency.ts';
import { evaluateCondition, interpolate, splitTemplate } from '../../../local/workflows/expression.ts';
import { expandMatrix } from '../../../local/workflows/matrix.ts';
import {
  exceedingPermissions,
  readPermissions,
  toTokenPermissions,
  withoutWrite,
} from '../../../local/workflows/permissions.ts';
import { Slots } from '../../../local/workflows/slots.ts';

const scope = {
  contexts: { github: { ref: 'refs/heads/main', list: ['a', 'b'] }, env: {} },
  status: { success: false, failure: true, cancelled: false, always: true },
};

describe('expressions', () => {
  test.each([
    ['plain', 'plain'],
    ['${{ github.ref }}', 'refs/heads/main'],
    ['${{ fromJSON("1") }}', undefined],
    ["${{ 'it''s }}' }}", "it's }}"],
    ['${{ github.list[1] }}-${{ github.list.*.x }}', 'b-Array'],
    ['${{ 1 == 1 }}', true],
    ['a ${{ null }} b', 'a  b'],
    ['${{ unclosed', '${{ unclosed'],
  ])('%j becomes %j', (template, expected) => {
    if (expected === undefined) expect(() => interpolate(template, scope)).toThrow('The template is not valid');
    else expect(interpolate(template, scope)).toBe(expected);
  });

  test.each([
    [undefined, false],
    ['always()', true],
    ['failure()', true],
    ["${{ failure() && github.ref == 'refs/heads/main' }}", true],
    ["github.ref == 'refs/heads/main'", false],
    ["contains('always()', 'a')", false],
    [true, false],
  ])('the condition %j of a step after a failure is %j', (condition, expected) => {
    expect(evaluateCondition(condition, scope)).toBe(expected);
  });

  test('splitting loses nothing', () => {
    const unit = fc.constantFrom('$', '{', '}', "'", ' ', 'a');
    fc.assert(
      fc.property(fc.string({ unit }), (template) => {
        const joined = splitTemplate(template).map((part) => (part.kind === 'text' ? part.text : `\${{${part.text}}}`));
        expect(joined.join('')).toBe(template);
      }),
    );
  });
});

describe('expandMatrix', () => {
  test('has the example of the documentation come out as documented', () => {
    const combinations = expandMatrix({
      fruit: ['apple', 'pear'],
      animal: ['cat', 'dog'],
      include: [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    });
    expect(combinations).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  test.each([
    ['no mapping', 'x', 'expected a mapping'],
    ['an empty vector', { a: [] }, 'does not contain any values'],
    ['a vector that is no list', { a: 'x' }, 'expected a list'],
    [
      'more than 256 jobs',
      { a: Array.from({ length: 17 }, (_, n) => n), b: Array.from({ length: 16 }, (_, n) => n) },
      '256',
    ],
    [
      'a product that would fill the memory',
      Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`k${n}`, [1, 2, 3]])),
      '256',
    ],
  ])('refuses %s', (_, matrix, message) => {
    expect(() => expandMatrix(matrix)).toThrow(message);
  });
});

describe('filter patterns', () => {
  test.each([
    ['main', ['main'], true],
    ['feature/a/b', ['feature/*'], false],
    ['feature/a/b', ['feature/**'], true],
    ['v1.2', ['v[12].[0-9]+'], true],
    ['docs/a.md', ['**/*.md'], true],
    ['a.md', ['**/*.md'], true],
    ['releases/10-alpha', ['releases/**', '!releases/**-alpha'], false],
    ['releases/10', ['releases/**', '!releases/**-alpha'], true],
    ['a.b', ['a?b'], false],
    ['x(y', ['x(y'], true],
    ['x', ['[', '(', '+'], false],
  ])('%s against %j: %s', (name, patterns, expected) => {
    expect(matchesPatterns(name, patterns)).toBe(expected);
  });

  test('no pattern throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (name, pattern) => void matchesPatterns(name, [pattern])));
  });
});

describe('permissions', () => {
  test('what is not named is none, and more than the cap is named', () => {
    const asked = readPermissions({ contents: 'write', actions: 'read' }, 'x') ?? {};
    expect(exceedingPermissions(asked, { contents: 'read' })).toEqual(['actions: read', 'contents: write']);
    expect(exceedingPermissions(asked, readPermissions('write-all', 'x') ?? {})).toEqual([]);
    expect(readPermissions({}, 'x')).toEqual({});
    expect(() => readPermissions({ contents: 'admin' }, 'here')).toThrow('here.contents');
  });

  test('a fork keeps reading and loses writing and identity', () => {
    expect(withoutWrite({ contents: 'write', 'id-token': 'write', checks: 'read' })).toEqual({
      contents: 'read',
      checks: 'read',
    });
  });

  test('tokens use the names of the REST API', () => {
    expect(toTokenPermissions({ 'pull-requests': 'write', contents: 'none' })).toEqual({
      metadata: 'read',
      pull_requests: 'write',
    });
  });
});

describe('places and turns', () => {
  test('a place is taken once and given back once', async () => {
    const slots = new Slots(1);
    const never = new AbortController().signal;
    const release = await slots.take(never);
    const order: string[] = [];
    const second = slots.take(never).then((free) => {
      order.push('second');
      return free;
    });
    order.push('first ends');
    release();
    release();
    const third = slots.take(never).then(() => order.push('third'));
    (await second)();
    await third;
    expect(order).toEqual(['first ends', 'second', 'third']);
  });

  test('a cancelled wait leaves the queue', async () => {
    const slots = new Slots(1);
    const release = await slots.take(new AbortController().signal);
    const stop = new AbortController();
    const waiting = slots.take(stop.signal);
    stop.abort();
    await waiting;
    release();
    await expect(slots.take(new AbortController().signal)).resolves.toBeTypeOf('function');
  });

  test('queue: max keeps all that wait, in order', async () => {
    const groups = new ConcurrencyGroups();
    const cancelled: number[] = [];
    const ask = (index: number) =>
      groups.turn({
        group: 'Group',
        queue: 'max',
        cancelInProgress: false,
        signal: new AbortController().signal,
        cancel: () => cancelled.push(index),
      });
    const order: number[] = [];
    const turns = [0, 1, 2, 3].map(async (index) => {
      const turn = await ask(index);
      order.push(index);
      turn.release();
    });
    await Promise.all(turns);
    expect({ order, cancelled }).toEqual({ order: [0, 1, 2, 3], cancelled: [] });
  });
});

describe('archives', () => {
  test('what is packed comes out again', async () => {
    const name = fc.stringMatching(/^[a-zé]{1,8}(\/[a-z]{1,8})?\.bin$/);
    const files = fc.uniqueArray(fc.record({ name, content: fc.uint8Array() }), {
      selector: (file) => file.name.split('/')[0],
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(files, async (entries) => {
        const directory = mkdtempSync(join(tmpdir(), 'zip-'));
        const archive = await writeZip(
          entries.map((entry) => ({ name: entry.name, content: Buffer.from(entry.content) })),
        );
        expect(await unzip(archive, directory)).toEqual(entries.map((entry) => entry.name));
        for (const entry of entries) expect([...readFileSync(join(directory, entry.name))]).toEqual([...entry.content]);
      }),
      { numRuns: 20 },
    );
  });

  test.each(['../out.txt', '/abs.txt', 'a/../../out.txt', 'a\\b.txt', 'C:/x'])(
    'the name %s is refused',
    async (name) => {
      const archive = await writeZip([{ name, content: Buffer.from('x') }]);
      await expect(unzip(archive, mkdtempSync(join(tmpdir(), 'zip-')))).rejects.toThrow();
    },
  );
});
