import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { ggufOf, list, number, small, template, text } from './gguf-file.ts';
import { fileOf } from './samples.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('model', bytes)]);

test.each<[string, Buffer]>([
  ['a template and a tensor', small],
  ['version 2', ggufOf({ version: 2, tensors: [{}] })],
  ['the other order of bytes', ggufOf({ big: true, keys: [['a', 8, text('b', true)]], tensors: [{}] })],
  ['keys alone', ggufOf({ keys: [['a', 7, Buffer.from([1])]] })],
  ['a list of texts', ggufOf({ keys: [['a', 9, list(8, 2, text('x'), text('y'))]] })],
  ['a list in a list', ggufOf({ keys: [['a', 9, list(9, 1, list(4, 1, Buffer.alloc(4)))]] })],
  ['an empty text', ggufOf({ keys: [['a', 8, text('')]] })],
  [
    'a tokenizer',
    ggufOf({ keys: [['tokenizer.huggingface.json', 8, text('{"model": {"type": "BPE", "vocab": {"a": 0}}}')]] }),
  ],
  ['blocks', ggufOf({ tensors: [{ shape: [256, 2], type: 12 }], data: Buffer.alloc(288) })],
  ['blocks of NVFP4', ggufOf({ tensors: [{ shape: [64, 2], type: 40 }], data: Buffer.alloc(72) })],
  ['blocks of one bit', ggufOf({ tensors: [{ shape: [128, 2], type: 41 }], data: Buffer.alloc(36) })],
  [
    'two tensors with zeros between',
    ggufOf({ tensors: [{ name: 'b', shape: [2], offset: 32 }, { shape: [3] }], data: Buffer.alloc(64) }),
  ],
  ['a tensor that is not padded', ggufOf({ tensors: [{ shape: [3] }], data: Buffer.alloc(12) })],
])('of %s is clean', (_, bytes) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'clean', files: [{ format: 'gguf' }] });
});

test.each<[string, Buffer, string]>([
  [
    'a template that runs code',
    ggufOf({ keys: template("{{ cycler.__init__.__globals__.os.popen('id') }}") }),
    'chat-template',
  ],
  [
    'another template that does',
    ggufOf({ keys: [['tokenizer.chat_template.tool_use', 8, text("{{ x|attr('y') }}")]] }),
    'chat-template',
  ],
  [
    'a template in a list',
    ggufOf({ keys: [['tokenizer.chat_templates', 9, list(8, 1, text("{{ x|attr('y') }}"))]] }),
    'chat-template',
  ],
  ['an unknown version', ggufOf({ version: 9 }), 'malformed'],
  ['more keys than bytes', ggufOf({ keyCount: 1000 }), 'malformed'],
  ['counts beyond all bounds', ggufOf({ keyCount: -1 }), 'malformed'],
  [
    'a key twice',
    ggufOf({
      keys: [
        ['a', 0, Buffer.alloc(1)],
        ['a', 0, Buffer.alloc(1)],
      ],
    }),
    'malformed',
  ],
  ['an unknown type of value', ggufOf({ keys: [['a', 13, Buffer.alloc(8)]] }), 'malformed'],
  ['a bool of 2', ggufOf({ keys: [['a', 7, Buffer.from([2])]] }), 'malformed'],
  ['a text past the end', ggufOf({ keys: [['a', 8, number(99, 8, false)]] }), 'malformed'],
  ['a list past the end', ggufOf({ keys: [['a', 9, list(4, 2 ** 52)]] }), 'malformed'],
  [
    'lists nested too deeply',
    ggufOf({ keys: [['a', 9, Buffer.concat(Array.from({ length: 50 }, () => list(9, 1)))]] }),
    'malformed',
  ],
  ['five dimensions', ggufOf({ tensors: [{ shape: [1, 1, 1, 1, 8] }] }), 'malformed'],
  ['an unknown type of tensor', ggufOf({ tensors: [{ type: 99 }] }), 'malformed'],
  ['half a block', ggufOf({ tensors: [{ shape: [16], type: 2 }] }), 'malformed'],
  ['a shape that overflows', ggufOf({ tensors: [{ shape: [2 ** 31, 2 ** 31, 0] }] }), 'malformed'],
  ['an offset that is not aligned', ggufOf({ tensors: [{ offset: 8 }], data: Buffer.alloc(64) }), 'malformed'],
  ['a tensor past the end', ggufOf({ tensors: [{ shape: [9] }] }), 'malformed'],
  [
    'an overlap',
    ggufOf({ tensors: [{ shape: [16] }, { name: 'b', offset: 32 }], data: Buffer.alloc(64) }),
    'malformed',
  ],
  ['a gap', ggufOf({ tensors: [{ offset: 32 }], data: Buffer.alloc(64) }), 'malformed'],
  ['a tensor twice', ggufOf({ tensors: [{}, { offset: 32 }], data: Buffer.alloc(64) }), 'malformed'],
  ['an alignment of 48', ggufOf({ keys: [['general.alignment', 4, number(48, 4, false)]] }), 'malformed'],
  ['an alignment of nothing', ggufOf({ keys: [['general.alignment', 4, number(0, 4, false)]] }), 'malformed'],
  ['data behind the tensors', Buffer.concat([small, Buffer.alloc(32)]), 'trailing-data'],
  ['data behind the keys', ggufOf({ data: Buffer.from('x') }), 'trailing-data'],
  ['data where zeros align', ggufOf({ tensors: [{}], padding: 65 }), 'trailing-data'],
])('with %s is a finding', (_, bytes, rule) => {
  const report = scan(bytes);
  expect(report).toMatchObject({ verdict: 'finding', files: [{ format: 'gguf' }] });
  expect(report.findings[0]?.rule).toBe(`gguf-${rule}`);
});

test('of version 1 is not scanned', () => {
  expect(scan(ggufOf({ version: 1 }))).toMatchObject({
    verdict: 'unscanned',
    files: [{ reason: 'unsupported_format' }],
  });
});

test.each([
  ['a pickle', "cos\nsystem\n(S'id'\ntR.", 'pickle-dangerous-import'],
  ['an encoded pickle', Buffer.from("cos\nsystem\n(S'id'\ntR.").toString('base64'), 'pickle-dangerous-import'],
  ['code beside the model', '{"auto_map": {"AutoTokenizer": "own/code--tokenizer.Own"}}', 'config-remote-code'],
])('%s in a text of any name is a finding', (_, value, rule) => {
  const report = scan(ggufOf({ keys: [['tokenizer.huggingface.json', 8, text(value)]], tensors: [{}] }));
  expect(report.verdict).toBe('finding');
  expect(report.findings.map((finding) => finding.rule)).toContain(rule);
});

const PICKLE = "cos\nsystem\n(S'echo 1234567'\ntR.";

test.each([
  ['a pickle', PICKLE, 'pickle-dangerous-import'],
  ['one in Base64', Buffer.from(PICKLE).toString('base64'), 'pickle-dangerous-import'],
  ['a configuration', '{"auto_map": {"A": "m.M"}}', 'config-remote-code'],
])('%s in a list of texts is a finding', (_, value, rule) => {
  const tags = list(8, 2, text('a'), text(value));
  const nested = list(9, 1, tags);
  for (const one of [tags, nested])
    expect(scan(ggufOf({ keys: [['general.tags', 9, one]] })).findings.map((found) => found.rule)).toContain(rule);
});
