import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';
import { safetensorsOf, tensor } from './tensors.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('model', bytes)]);
const small = safetensorsOf({ __metadata__: { format: 'pt' }, a: tensor('F32', [2], 0, 8) }, 8);

test.each<[string, Buffer]>([
  ['one tensor and metadata', small],
  ['nothing', safetensorsOf('{}      ')],
  ['two tensors in another order', safetensorsOf({ b: tensor('I8', [3], 4, 7), a: tensor('F32', [], 0, 4) }, 7)],
  [
    'an empty tensor between others',
    safetensorsOf({ a: tensor('U8', [1], 0, 1), b: tensor('F64', [0, 3], 1, 1), c: tensor('U8', [1], 1, 2) }, 2),
  ],
  ['half bytes', safetensorsOf({ a: tensor('F4', [4], 0, 2) }, 2)],
  [
    'a header whose length begins like a pickle',
    safetensorsOf(JSON.stringify({ a: tensor('U8', [1], 0, 1) }).padEnd(0x80), 1),
  ],
  ['a longer one, too', safetensorsOf(JSON.stringify({ a: tensor('U8', [1], 0, 1) }).padEnd(0x480), 1)],
])('of %s is clean', (_, bytes) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'clean', files: [{ format: 'safetensors' }] });
});

test.each<[string, Buffer, string]>([
  ['data behind the tensors', Buffer.concat([small, Buffer.from('x')]), 'trailing-data'],
  ['a header of over 100 MB', Buffer.from('\x00\xff\xff\xff\0\0\0\0{}', 'latin1'), 'malformed'],
  [
    'a name twice',
    safetensorsOf(`{"a":${JSON.stringify(tensor('U8', [1], 0, 1))},"a":${JSON.stringify(tensor('U8', [1], 0, 1))}}`, 1),
    'malformed',
  ],
  [
    'a key of a tensor twice',
    safetensorsOf('{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    'malformed',
  ],
  ['another key', safetensorsOf({ a: { ...tensor('U8', [1], 0, 1), more: 1 } }, 1), 'malformed'],
  ['metadata that are no text', safetensorsOf({ __metadata__: { a: 1 } }), 'malformed'],
  ['metadata with a list', safetensorsOf({ __metadata__: { shape: ['x'] } }), 'malformed'],
  ['metadata twice', safetensorsOf('{"__metadata__":{},"__metadata__":{}}'), 'malformed'],
  ['a key of the metadata twice', safetensorsOf('{"__metadata__":{"a":"1","a":"2"}}'), 'malformed'],
  ['half a character', safetensorsOf('{"__metadata__":{"a":"\\ud800"}}'), 'malformed'],
  ['a tensor without a shape', safetensorsOf('{"a":{"dtype":"U8","data_offsets":[0,1]}}', 1), 'malformed'],
  ['lists in a shape', safetensorsOf('{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}', 1), 'malformed'],
  ['a number that is none', safetensorsOf('{"a":{"dtype":"U8","shape":[NaN],"data_offsets":[0,1]}}', 1), 'malformed'],
  ['two headers', safetensorsOf('{}\n{}'), 'malformed'],
  ['metadata that are a list', safetensorsOf({ __metadata__: [] }), 'malformed'],
  ['an unknown type', safetensorsOf({ a: tensor('O', [1], 0, 1) }, 1), 'malformed'],
  ['a shape with a fraction', safetensorsOf({ a: tensor('U8', [1.5], 0, 1) }, 1), 'malformed'],
  ['a negative shape', safetensorsOf({ a: tensor('U8', [-1, -1], 0, 1) }, 1), 'malformed'],
  ['a shape that overflows', safetensorsOf({ a: tensor('U8', [2 ** 32, 2 ** 32, 0], 0, 0) }), 'malformed'],
  ['fewer bytes than the shape', safetensorsOf({ a: tensor('F32', [1], 0, 3) }, 3), 'malformed'],
  ['half a byte', safetensorsOf({ a: tensor('F4', [3], 0, 2) }, 2), 'malformed'],
  ['a gap', safetensorsOf({ a: tensor('U8', [1], 0, 1), b: tensor('U8', [1], 2, 3) }, 3), 'malformed'],
  ['an overlap', safetensorsOf({ a: tensor('U8', [2], 0, 2), b: tensor('U8', [2], 1, 3) }, 3), 'malformed'],
  [
    'an empty tensor inside another',
    safetensorsOf({ a: tensor('U8', [2], 0, 2), b: tensor('U8', [0], 1, 1) }, 2),
    'malformed',
  ],
  ['a range that runs back', safetensorsOf({ a: tensor('U8', [0], 1, 0) }, 1), 'malformed'],
  ['tensors past the end', safetensorsOf({ a: tensor('U8', [9], 0, 9) }, 8), 'malformed'],
  ['what is no UTF-8', Buffer.from('\x06\0\0\0\0\0\0\0{"\xff":1}', 'latin1'), 'malformed'],
  ['what is no JSON', safetensorsOf("{'a': 1}"), 'malformed'],
  ['a list of JSON', safetensorsOf('{"a":[]}'), 'malformed'],
])('with %s is a finding', (_, bytes, rule) => {
  expect(scan(bytes)).toMatchObject({ verdict: 'finding', findings: [{ rule: `safetensors-${rule}` }] });
});

test('that is a pickle to an unpickler is judged as one', () => {
  // BINUNICODE takes the rest of the length as its own, and GLOBAL follows in what JSON takes for a key.
  const bytes = Buffer.concat([
    Buffer.from([0x80, 0x04, 0x55, 0x05, 0, 0, 0, 0, 0x7b]),
    Buffer.from("cos\nsystem\n(S'id'\ntR."),
  ]);
  expect(scan(bytes)).toMatchObject({ verdict: 'finding', files: [{ format: 'pickle' }] });
});

test('tensors are not read', () => {
  const size = 2 ** 40;
  const head = safetensorsOf({ a: tensor('U8', [size], 0, size) });
  let total = 0;
  const read = (offset: number, length: number): Uint8Array => {
    total += length;
    const bytes = Buffer.alloc(Math.min(length, head.length + size - offset));
    if (offset < head.length) head.copy(bytes, 0, offset);
    return bytes;
  };
  const file = { ...fileOf('model', ''), size: head.length + size, read };
  expect(scanFiles([file])).toMatchObject({ verdict: 'clean' });
  expect(total).toBeLessThan(1 << 20);
});

const EVIL = Buffer.from("cos\nsystem\n(S'id'\ntR.").toString('base64');
test.each<[string, Record<string, string>, string]>([
  ['a key that names an object', { _target_: 'os.system' }, 'config-import'],
  ['a configuration as text', { config: JSON.stringify({ model: { _target_: 'os.system' } }) }, 'config-import'],
  ['remote code', { auto_map: JSON.stringify({ AutoModel: 'a.B' }) }, 'config-remote-code'],
  ['a template', { chat_template: "{{ ''.__class__ }}" }, 'config-template'],
  ['YAML that makes objects', { config: 'a: !!python/object/apply:os.system ["id"]' }, 'yaml-python-tag'],
  ['an encoded pickle', { state: EVIL }, 'pickle-dangerous-import'],
])('metadata with %s is a finding', (_, metadata, rule) => {
  const report = scan(safetensorsOf({ __metadata__: metadata, a: tensor('U8', [1], 0, 1) }, 1));
  expect(report.verdict).toBe('finding');
  expect(report.findings.map((found) => found.rule)).toContain(rule);
});

test('metadata of an ordinary training is clean', () => {
  const metadata = {
    format: 'pt',
    ss_network_module: 'networks.lora',
    ss_tag_frequency: JSON.stringify({ '10_cat': { 'a cat': 3, class: 1 } }),
    'modelspec.hash_sha256': '0xb1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184',
    'modelspec.thumbnail': `data:image/png;base64,${Buffer.from('\x89PNG\r\n\x1a\n'.repeat(20), 'latin1').toString('base64')}`,
  };
  expect(scan(safetensorsOf({ __metadata__: metadata, a: tensor('U8', [1], 0, 1) }, 1))).toMatchObject({
    verdict: 'clean',
    files: [{ format: 'safetensors' }],
  });
});
