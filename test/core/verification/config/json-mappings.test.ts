import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMappings } from '../../../../core/verification/config/json-mappings.ts';
import { mappings } from '../../../../core/verification/config/note.ts';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { KERAS, LLAMA, TOKENIZER } from '../configurations.ts';
import { fileOf } from '../samples.ts';

const rules = (content: string): readonly string[] =>
  scanFiles([fileOf('file', content)]).findings.map(({ rule }) => rule);
const filler = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(',');

/** Longer than what is built in memory, with more items than are all kept. */
const WORDS = `[${filler(20_000, (index) => `"word${index}"`)}]`;
const VOCABULARY = filler(20_000, (index) => `"Ġword${index}": ${index}`);

test('each mapping of a short document that holds something is given whole, whatever is around it', () => {
  // Lists in lists are not kept, since no rule asks for them; nor is what is empty.
  const value = fc.letrec((tie) => ({
    mapping: fc.dictionary(fc.string({ maxLength: 4 }), tie('any'), { maxKeys: 4 }),
    any: fc.oneof(fc.string(), fc.integer(), fc.constantFrom(true, false, null), tie('mapping'), tie('list')),
    list: fc.array(fc.oneof(fc.string(), fc.integer(), tie('mapping')), { maxLength: 4 }),
  })).mapping;
  fc.assert(
    fc.property(value, (document) => {
      const text = JSON.stringify(document);
      const found: string[] = [];
      readMappings(
        fileOf('a', text),
        (one) => found.push(JSON.stringify(one)),
        (root) => expect(JSON.stringify(root)).toBe(text),
      );
      const all = [...mappings(JSON.parse(text))].map((one) => JSON.stringify(one));
      const expected = all.filter((one) => one !== '{}');
      expect(found.sort()).toEqual(expected.sort());
    }),
    { numRuns: 300, seed: 7 },
  );
});

describe('in a large file of JSON, a finding is', () => {
  test.each<[string, string, string]>([
    [
      'code that is loaded, behind a long list',
      `{"a": ${WORDS}, "auto_map": {"AutoModel": "a.B"}}`,
      'config-remote-code',
    ],
    [
      'code that is allowed by a number, in a vocabulary',
      `{${VOCABULARY}, "trust_remote_code": 1}`,
      'config-remote-code',
    ],
    [
      'a key twice, of which the last counts',
      `{"a": ${WORDS}, "auto_map": null, "auto_map": {"A": "b"}}`,
      'config-remote-code',
    ],
    ['a module by its path, in a vocabulary', `{${VOCABULARY}, "idx": 1, "type": "evil.M"}`, 'config-import'],
    [
      'the last of many templates',
      `{"chat_template": [${filler(5000, (index) => `{"name": "n${index}", "template": ""}`)}, {"name": "x", "template": "{{ ''.__class__ }}"}]}`,
      'config-template',
    ],
    [
      'the last of many requirements',
      `{"dependencies": [${filler(9000, () => '"numpy"')}, "git+https://example.com/x"]}`,
      'requirements-source',
    ],
    [
      'an object in the last row of a table',
      `[${filler(9000, (index) => `{"row": ${index}}`)}, {"_target_": "os.system"}]`,
      'config-import',
    ],
    ['a loader of MLflow', `{"a": ${WORDS}, "flavors": {"python_function": {"loader_module": "evil"}}}`, 'mlflow-code'],
    ['an object of Keras', `{"a": ${WORDS}, "b": {"class_name": "Lambda", "config": {}}}`, 'keras-lambda'],
    [
      'a key in a line of JSON Lines',
      `${'{"class_name": "cat"}\n'.repeat(9000)}{"auto_map": {"A": "b"}}\n`,
      'config-remote-code',
    ],
    ['a key that is spelled in escapes', `{"a": ${WORDS}, "\\u0061uto_map": {"A": "b"}}`, 'config-remote-code'],
  ])('%s', (_, text, rule) => {
    expect(text.length).toBeGreaterThan(1 << 16);
    expect(rules(text)).toContain(rule);
  });
});

describe('a large file of JSON is clean that is', () => {
  test.each<[string, string]>([
    ['configurations one in another', `[${JSON.stringify([LLAMA, TOKENIZER, KERAS])}, ${WORDS}]`],
    [
      'a tokenizer',
      `{"model": {"class_name": "BPE", "vocab": {${VOCABULARY}}, "merges": [${filler(90_000, (index) => `["Ġ${index}", "b"]`)}]}}`,
    ],
    ['what a detector found', `[${filler(50_000, () => '{"class_name": "cat", "score": 0.9}')}]`],
    ['the same as JSON Lines', '{"class_name": "cat", "score": 0.9}\n'.repeat(40_000)],
    ['a log that begins like JSON', '[INFO] class_name: x\n'.repeat(60_000)],
  ])('%s', (_, text) => {
    expect(text.length).toBeGreaterThan(1 << 16);
    expect(scanFiles([fileOf('file', text)])).toMatchObject({ verdict: 'clean', findings: [] });
  });
});

test('JSON with a key and more texts than may be kept is not scanned', () => {
  const text = `{"class_name": 1, "a": {${filler(300_000, (index) => `"k${index}": "value ${index}"`)}}}`;
  expect(scanFiles([fileOf('file', text)]).files[0]).toMatchObject({ verdict: 'unscanned', reason: 'too_large' });
});
