import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatSignature, parseCommit, parseTag, parseTree } from '../../../local/git/objects.ts';

const SHA = 'a'.repeat(40);

test('a commit is read with its parents, people, message and signature', () => {
  const text = [
    `tree ${SHA}`,
    `parent ${'b'.repeat(40)}`,
    'author Ada <ada@example.com> 1700000000 +0100',
    'committer GitHub <noreply@github.com> 1700000001 +0000',
    'gpgsig -----BEGIN-----',
    ' line',
    ' -----END-----',
    '',
    'Title',
    '',
    'tree forged',
  ].join('\n');
  expect(parseCommit(SHA, Buffer.from(text))).toMatchObject({
    tree: SHA,
    parents: ['b'.repeat(40)],
    author: { name: 'Ada', email: 'ada@example.com', date: '2023-11-14T22:13:20Z' },
    message: 'Title\n\ntree forged',
    signature: { armor: '-----BEGIN-----\nline\n-----END-----' },
  });
});

test('a tag is read', () => {
  const text = `object ${SHA}\ntype commit\ntag v1\ntagger Ada <a@b> 0 +0000\n\nfirst\n`;
  expect(parseTag(SHA, Buffer.from(text))).toMatchObject({ object: SHA, type: 'commit', tag: 'v1', message: 'first' });
});

test('a tree is read with its modes', () => {
  const entry = (mode: string, name: string): Buffer =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(SHA, 'hex')]);
  const content = Buffer.concat([entry('100644', 'a b.txt'), entry('40000', 'ö'), entry('160000', 'sub')]);
  expect(parseTree(content).map((one) => [one.mode, one.type, one.name])).toEqual([
    ['100644', 'blob', 'a b.txt'],
    ['040000', 'tree', 'ö'],
    ['160000', 'commit', 'sub'],
  ]);
});

test('whatever a name holds, it stays on its line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, email) => {
      const line = formatSignature({ name, email, date: '2026-01-01T00:00:00Z' });
      expect(line).not.toMatch(/[\n\0]/);
      expect(line.match(/[<>]/g)).toEqual(['<', '>']);
    }),
  );
});

test('bytes of any kind never make the readers throw', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      parseCommit(SHA, Buffer.from(bytes));
      parseTag(SHA, Buffer.from(bytes));
    }),
  );
});
