import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportToHtml } from '../../../../core/reports/data/html.ts';
import { reportToJson } from '../../../../core/reports/data/json.ts';
import { reportToJunit } from '../../../../core/reports/data/junit.ts';
import { reportToSarif } from '../../../../core/reports/data/sarif.ts';
import { ATTACKS, EVERY_ATTACK } from '../hostile.ts';
import { poison } from '../samples.ts';
import { report } from './samples.ts';

const hostile = (attacks: readonly string[], from = 0) => {
  let at = from;
  return poison(report, () => attacks[at++ % attacks.length] ?? '');
};

/** Elements and attributes, without texts, values of attributes and what words decide: signs of values and their spaces. */
function outlineOf(markup: string): string {
  return markup
    .replace(/<(?:code|em|span class="muted")>[^<]*<\/(?:code|em|span)>/g, '')
    .replace(/<\/?(?:code|em)>/g, '')
    .replace(/"[^"]*"/g, '""')
    .replace(/>[^<]+</g, '><')
    .replace(/>[^<]+</g, '><');
}

const sarif = (one: typeof report): string => reportToSarif(one, { version: '0.1.0' });

describe.each(Object.entries(ATTACKS))('%s', (_, attacks) => {
  test('changes no element of the page', () => {
    const harmless = outlineOf(reportToHtml(poison(report, 'x')));
    for (const from of [0, 5, 11]) expect(outlineOf(reportToHtml(hostile(attacks, from)))).toBe(harmless);
  });

  test('changes no element of the XML, which stays XML', () => {
    const harmless = outlineOf(reportToJunit(poison(report, 'x')));
    const xml = reportToJunit(hostile(attacks));
    expect(outlineOf(xml)).toBe(harmless);
    // What XML 1.0 can't hold (section 2.2), and a reference that is none.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|&(?!#\d+;)/);
    expect(xml.isWellFormed()).toBe(true);
  });

  test('is plain text in SARIF: one line, no link, no placeholder, no address but a reference', () => {
    const { runs } = JSON.parse(sarif(hostile(attacks)));
    for (const { message, locations, ruleId } of runs[0].results) {
      expect(message.text).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]|\]\(|\{\d/u);
      expect(ruleId).toMatch(/^[\w.-]+$/);
      const { uri } = locations[0].physicalLocation.artifactLocation;
      expect(uri).toMatch(/^(?:(?:https?|s3|gs|az|file):\/\/)?(?:[A-Za-z0-9\-_.!~*'()/]|%[0-9A-F]{2})*$/);
    }
  });
});

test('no page and no document is left open by mixtures', () => {
  const piece = fc.oneof(fc.constantFrom(...EVERY_ATTACK), fc.string({ unit: 'binary', maxLength: 12 }));
  const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((list) => list.join(''));
  const page = outlineOf(reportToHtml(poison(report, 'x')));
  const xml = outlineOf(reportToJunit(poison(report, 'x')));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (attacks) => {
      const one = hostile(attacks);
      expect(outlineOf(reportToHtml(one))).toBe(page);
      expect(outlineOf(reportToJunit(one))).toBe(xml);
      JSON.parse(sarif(one));
    }),
    { numRuns: 30 },
  );
});

test('JSON that a page embeds ends no script', () => {
  const files = [{ path: '</script><!--', bytes: 1, sha256: null }];
  expect(reportToJson({ ...report, files })).not.toMatch(/<[/!]/);
});
