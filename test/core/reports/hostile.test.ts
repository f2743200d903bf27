import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderDataCheck, renderPlanCheck, renderTrainCheck } from '../../../core/reports/checks.ts';
import { COMMENT_MARKER, renderComment } from '../../../core/reports/comment.ts';
import { DOCUMENTS, expectHarmless, full } from './documents.ts';
import { ATTACKS, EVERY_ATTACK } from './hostile.ts';
import { dataset, plan, poison, run } from './samples.ts';

/** The next attack at each place; hostile.long.test.ts puts each attack at every place. */
function inTurn(attacks: readonly string[], from: number): () => string {
  let at = from;
  return () => attacks[at++ % attacks.length] ?? '';
}

test('the list of attacks holds at least 300, each of them once', () => {
  expect(new Set(EVERY_ATTACK).size).toBe(EVERY_ATTACK.length);
  expect(EVERY_ATTACK.length).toBeGreaterThanOrEqual(300);
});

describe.each(Object.entries(DOCUMENTS))('%s', (_, documents) => {
  test.each(Object.entries(ATTACKS))('is not changed by %s', async (__, attacks) => {
    const harmless = await documents('x');
    for (const from of [0, 7, 19]) {
      const found = await documents(inTurn(attacks, from));
      for (const [index, text] of found.entries()) expectHarmless(text, harmless[index] ?? '');
    }
  });

  test('is not changed by mixtures', async () => {
    const piece = fc.oneof(fc.constantFrom(...EVERY_ATTACK), fc.string({ unit: 'binary', maxLength: 12 }));
    const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((list) => list.join(''));
    const harmless = await documents('x');
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 50 }), async (attacks) => {
        const found = await documents(inTurn(attacks, 0));
        for (const [index, one] of found.entries()) expectHarmless(one, harmless[index] ?? '');
      }),
      { numRuns: 15 },
    );
  });
});

test('the comment begins with its marker, and holds no other', () => {
  for (const from of EVERY_ATTACK.keys()) {
    if (from % 10 > 0) continue;
    const text = renderComment(poison(full, inTurn(EVERY_ATTACK, from)));
    expect(text.startsWith(`${COMMENT_MARKER}\n## `)).toBe(true);
    expect(text.split('<!--')).toHaveLength(2);
  }
});

test('titles and annotations are one clean line within their limits', () => {
  for (const attack of EVERY_ATTACK) {
    const checks = [
      renderPlanCheck(poison(plan, attack)),
      renderDataCheck(poison({ ...dataset, status: 'not_checked' as const }, attack)),
      renderTrainCheck({ run: poison({ ...run, state: 'failed', reasons: ['x'] }, attack), curves: [], elapsed: 1 }),
    ];
    for (const { title, annotations } of checks) {
      for (const line of [title, ...annotations.flatMap((one) => [one.title, one.message])]) {
        expect(line.replaceAll('\u2060', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(line).not.toMatch(/(?<![\w.-])@[a-z]/i);
        expect(line).not.toBe('');
      }
      expect(title.length).toBeLessThanOrEqual(255);
    }
  }
});
