import fc from 'fast-check';
import { describe, test } from 'vitest';
import { DOCUMENTS, expectHarmless } from './documents.ts';
import { ATTACKS, EVERY_ATTACK } from './hostile.ts';

describe.each(Object.entries(DOCUMENTS))('%s', (_, documents) => {
  test.each(Object.entries(ATTACKS))('is not changed by %s at every place', async (__, attacks) => {
    const harmless = await documents('x');
    for (const attack of attacks) {
      for (const [index, found] of (await documents(attack)).entries()) expectHarmless(found, harmless[index] ?? '');
    }
  });

  test('is not changed by any mixture', async () => {
    const piece = fc.oneof(
      fc.constantFrom(...EVERY_ATTACK),
      fc.constantFrom(...'<>&[]()!*_`~|#@:$\\"\'=-+.{}^/ \n\r1aZ'.split('')),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((list) => list.join(''));
    const harmless = await documents('x');
    await fc.assert(
      fc.asyncProperty(text, async (attack) => {
        for (const [index, found] of (await documents(attack)).entries()) expectHarmless(found, harmless[index] ?? '');
      }),
      { numRuns: 600 },
    );
  });
});
