import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ingestTokens } from '../../../app/ingest/token.ts';
import { RepositoryName, RunId } from '../../../core/names.ts';

const repository = RepositoryName.parse('flights/delay');
const run = RunId.parse('01JD0000000000000000000000');
const tokens = ingestTokens('the secret of the test');
const token = tokens.issue(repository, run, 2000);

describe('an ingest token', () => {
  test('is accepted for its run until it expires', () => {
    expect(tokens.accepts(token, repository, run, 1999)).toBe(true);
    expect(tokens.accepts(token, repository, run, 2000)).toBe(false);
  });

  test('is refused for another run, repository or secret', () => {
    expect(tokens.accepts(token, repository, RunId.parse('01JD0000000000000000000001'), 0)).toBe(false);
    expect(tokens.accepts(token, RepositoryName.parse('flights/other'), run, 0)).toBe(false);
    expect(ingestTokens('another secret').accepts(token, repository, run, 0)).toBe(false);
  });

  test('stays good while the secret that it was made from is replaced, and new ones are made from the new secret', () => {
    const during = ingestTokens('the new secret', 'the secret of the test');
    expect(during.accepts(token, repository, run, 0)).toBe(true);
    const issued = during.issue(repository, run, 2000);
    expect(ingestTokens('the new secret').accepts(issued, repository, run, 0)).toBe(true);
    expect(tokens.accepts(issued, repository, run, 0)).toBe(false);
  });

  test('is refused with a later expiry than it was issued for', () => {
    expect(tokens.accepts(token.replace(/^2000/, '9000'), repository, run, 3000)).toBe(false);
  });

  test('of any other text is refused', () => {
    fc.assert(fc.property(fc.string(), (text) => !tokens.accepts(text, repository, run, 0)));
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'0aZ_-'), (at, digit) => {
        const changed = token.slice(0, at) + digit + token.slice(at + 1);
        return changed === token || !tokens.accepts(changed, repository, run, 0);
      }),
    );
  });
});
