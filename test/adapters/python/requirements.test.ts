import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLock } from '../../../adapters/python/requirements.ts';

const hash = `--hash=sha256:${'a'.repeat(64)}`;

test.each([
  ['one package', `numpy==2.1.0 ${hash}`],
  ['several hashes on continued lines', `numpy==2.1.0 \\\n    ${hash} \\\n    ${hash}\n    # via scikit-learn\n`],
  ['a marker', `numpy==2.1.0 ; python_full_version >= '3.11' \\\n    ${hash}`],
  ['extras', `uvicorn[standard]==0.30.0 ${hash}`],
  ['comments, blanks and CRLF', `# made by uv\r\n\r\nnumpy==2.1.0 ${hash}\r\n`],
  ['nothing', ''],
])('a lock may hold %s', (_what, text) => {
  expect(checkLock(text)).toEqual([]);
});

test.each([
  ['an index', `--index-url https://example.com/simple\nnumpy==2.1.0 ${hash}`, 1, '--index-url'],
  ['another file', `numpy==2.1.0 ${hash}\n-r more.txt`, 2, '-r'],
  ['an editable package', '-e .', 1, '-e'],
  ['a package without a hash', '# a\nnumpy==2.1.0', 2, 'numpy'],
  ['a range', `numpy>=2 ${hash}`, 1, 'numpy==version'],
  ['a wildcard', `numpy==2.* ${hash}`, 1, 'numpy==version'],
  ['an address', `https://example.com/x.whl ${hash}`, 1, 'https==version'],
  ['a direct reference', `numpy @ https://example.com/x.whl ${hash}`, 1, 'numpy==version'],
  ['a weak hash', `numpy==2.1.0 --hash=md5:${'a'.repeat(32)}`, 1, 'hash'],
])('a lock may not hold %s', (_what, text, line, message) => {
  expect(checkLock(text)).toEqual([{ line, message: expect.stringContaining(message) }]);
});

test('problems are reported at the line where the requirement begins', () => {
  expect(checkLock(`a==1 \\\n ${hash}\nb==2 \\\n  ; python_version < '3'\n`)).toMatchObject([{ line: 3 }]);
});

test('no text makes it throw or take long', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (text) => {
      expect(checkLock(text).length).toBeLessThanOrEqual(20);
    }),
  );
});
