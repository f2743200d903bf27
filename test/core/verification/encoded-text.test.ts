import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { pickleOf, proto, STOP, text } from './assembler.ts';
import { fileOf } from './samples.ts';

const scan = (content: string | Buffer) => scanFiles([fileOf('notes', content)]);

/** `os.system("id")` by protocol 4 or 0, as Python's base64, gzip, zlib, json, urllib and repr write it. */
const ENCODED: readonly (readonly [string, string])[] = [
  ['in base32', 'QACJKHIAAAAAAAAAACGAK4DPONUXRFEMAZZXS43UMVWZJE4URQBGSZEUQWKFFFBO'],
  ['in base85', 'fCQBt000000001t1#oY3X?T>326K6HbY*Rnla!1CX=Idzlv0!~'],
  ['in ASCII85', 'J-;,Xz!!!"X"`SC$Bm>l$#\'5\'2FCf<RPE_"-Bk3H^PZ!_u'],
  ['in base64 twice', 'Z0FTVkhRQUFBQUFBQUFDTUJYQnZjMmw0bEl3R2MzbHpkR1Z0bEpPVWpBSnBaSlNGbEZLVUxnPT0='],
  [
    'in base64 of hex',
    'ODAwNDk1MWQwMDAwMDAwMDAwMDAwMDhjMDU3MDZmNzM2OTc4OTQ4YzA2NzM3OTczNzQ2NTZkOTQ5Mzk0OGMwMjY5NjQ5NDg1OTQ1Mjk0MmU=',
  ],
  ['in base85 of base64', 'XF*d|NKrvSK|w)5K|w=JLRdm}V=`<sY)N-VV>4`eWJgwXY)Vg6YC%eHT1rz!Y(`5}OlLhk'],
  [
    'as Python shows bytes',
    "b'\\x80\\x04\\x95\\x1d\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x8c\\x05posix\\x94\\x8c\\x06system\\x94\\x93\\x94\\x8c\\x02id\\x94\\x85\\x94R\\x94.'",
  ],
  ['protocol 0 as Python shows bytes', 'b"cos\\nsystem\\n(S\'id\'\\ntR."'],
  [
    'as escapes of JSON',
    '"\\u0080\\u0004\\u0095\\u001d\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u008c\\u0005posix\\u0094\\u008c\\u0006system\\u0094\\u0093\\u0094\\u008c\\u0002id\\u0094\\u0085\\u0094R\\u0094."',
  ],
  [
    'in the encoding of addresses',
    '%80%04%95%1D%00%00%00%00%00%00%00%8C%05posix%94%8C%06system%94%93%94%8C%02id%94%85%94R%94.',
  ],
  ['protocol 0 in the encoding of addresses', 'cos%0Asystem%0A%28S%27id%27%0AtR.'],
  [
    'in hex with colons',
    '80:04:95:1d:00:00:00:00:00:00:00:8c:05:70:6f:73:69:78:94:8c:06:73:79:73:74:65:6d:94:93:94:8c:02:69:64:94:85:94:52:94:2e',
  ],
  [
    'in hex with blanks',
    '80 04 95 1d 00 00 00 00 00 00 00 8c 05 70 6f 73 69 78 94 8c 06 73 79 73 74 65 6d 94 93 94 8c 02 69 64 94 85 94 52 94 2e',
  ],
  [
    'in a list of hex',
    '0x80, 0x04, 0x95, 0x1d, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x8c, 0x05, 0x70, 0x6f, 0x73, 0x69, 0x78, 0x94, 0x8c, 0x06, 0x73, 0x79, 0x73, 0x74, 0x65, 0x6d, 0x94, 0x93, 0x94, 0x8c, 0x02, 0x69, 0x64, 0x94, 0x85, 0x94, 0x52, 0x94, 0x2e',
  ],
  ['gzip in base64', 'H4sIANZrA2sC/2tgmSrLAAE9rAX5xZkVU3rYiiuLS1Jzp0ye0sOUmTKldUrQFD0AS8mNKigAAAA='],
  ['zlib in base85', 'c${lsnJUWw0X?h*`Nf$PQ+n8nD~n4~bEiz6(!-RQGNpA&&=frY<>n2Y'],
  ['zlib in hex', '789c6b60992acb00013dac05f9c59915537ad88a2b8b4b5273a74c9ed2c3949932a5754ad0143d00e5e60d9d'],
  [
    'gzip in gzip in base64',
    'H4sIANZrA2sC/wE4AMf/H4sIANZrA2sC/2tgmSrLAAE9rAX5xZkVU3rYiiuLS1Jzp0ye0sOUmTKldUrQFD0AS8mNKigAAADzO6XLOAAAAA==',
  ],
  ['in a data URI', 'data:application/octet-stream;base64,gASVHQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg=='],
  ['in base64 behind None', 'TjCABJUdAAAAAAAAAIwFcG9zaXiUjAZzeXN0ZW2Uk5SMAmlklIWUUpQu'],
  ['in base64 behind a dictionary', 'fTBjb3MKc3lzdGVtCihTJ2lkJwp0Ui4='],
  ['in hex behind a number', '4b0130636f730a73797374656d0a2853276964270a74522e'],
  [
    'in lines of base64 in a text',
    '"gARYZAAAAGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\\nYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWEwlR0AAAAA\\nAAAAjAVwb3NpeJSMBnN5c3RlbZSTlIwCaWSUhZRSlC4=\\n"',
  ],
];

test.each(ENCODED)('a pickle %s is found in a text, in JSON and in a pickle', (_, encoded) => {
  const places = [
    encoded,
    JSON.stringify({ a: 1, weights: encoded }, null, 1),
    `words and words ${encoded}\nmore words`,
    pickleOf(proto(4), text(encoded), STOP),
  ];
  for (const place of places) {
    const report = scan(place);
    expect(report.findings.map(({ rule }) => rule)).toContain('pickle-dangerous-import');
    expect(report.verdict).toBe('finding');
  }
});

test('lines of base64 behind a line that is none of it', () => {
  expect(
    scan(
      'QUJDREVGR0hJSktMTU5PUFFSU1RV\ngARYZAAAAGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\nYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWEwlR0AAAAA\nAAAAjAVwb3NpeJSMBnN5c3RlbZSTlIwCaWSUhZRSlC4=\n',
    ).verdict,
  ).toBe('finding');
});

test('what is encoded too often is not scanned', () => {
  let content = Buffer.from(ENCODED[0]?.[1] ?? '', 'latin1');
  for (let times = 0; times < 6; times += 1) content = Buffer.from(content.toString('base64'));
  expect(scan(content)).toMatchObject({ verdict: 'unscanned', files: [{ reason: 'too_large' }] });
});

const seeded = (seed: number, length: number): Buffer => {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  };
  return Buffer.from(Array.from({ length }, next));
};
const lines = (make: (bytes: Buffer) => string, length: number): string =>
  Array.from({ length: 2000 }, (_, index) => make(seeded(index + 1, length))).join('\n');

test.each([
  ['digests in hex', lines((bytes) => bytes.toString('hex'), 32)],
  ['digests in base64', lines((bytes) => bytes.toString('base64'), 32)],
  ['tokens', lines((bytes) => `hf_${bytes.toString('base64url')}`, 24)],
  ['an image in lines of base64', seeded(7, 200_000).toString('base64').replace(/.{76}/g, '$&\n')],
  [
    'addresses',
    'https://huggingface.co/org/model/resolve/main/model-00001-of-00002.safetensors?download=true&x=%80%20\n',
  ],
  ['numbers', Array.from({ length: 2000 }, (_, index) => `${index},63,61,${index / 7},80,04`).join('\n')],
  ['paths of Windows', JSON.stringify({ path: 'C:\\\\Users\\\\name\\\\x80\\\\models', re: '\\\\w+\\.\\d{2}' })],
  [
    'words of a tokenizer',
    JSON.stringify({
      'Ġcos\nsystem': 1,
      CCCCCCCCCCCCCCCCCCCCCCCC: 2,
      '################################': 3,
      NNNNNNNNNNNNNNNNNNNNNNNNNN: 4,
    }),
  ],
  [
    'text of a license',
    'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED'.repeat(20),
  ],
])('%s are no pickle', (_, content) => {
  expect(scan(content)).toMatchObject({ verdict: 'clean', findings: [] });
  expect(scan(pickleOf(proto(4), text(content), STOP))).toMatchObject({ verdict: 'clean', findings: [] });
});

test.each([0x28, 0x29, 0x4e, 0x5d, 0x7d, 0x88])('an image of nothing but 0x%s is data', (byte) => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(100_000);
  expect(scan(pickleOf(proto(4), Buffer.from('B'), size, Buffer.alloc(100_000, byte), STOP)).verdict).toBe('clean');
});

test.each([
  ['None', 'N0'],
  ['a dictionary', '}0'],
  ['a number', 'K\x010'],
  ['a list that is kept', ']q\x000'],
])('a raw pickle in bytes is found behind %s', (_, before) => {
  const inner = Buffer.from(`${before}cos\nsystem\n(S'id'\ntR.`, 'latin1');
  const size = Buffer.from([inner.length]);
  expect(scan(pickleOf(proto(4), Buffer.from('C'), size, inner, STOP)).verdict).toBe('finding');
});

test('lines of digests are not decoded to the end of the file wherever one begins like a pickle', () => {
  const digests = Array.from({ length: 30_000 }, (_, at) => createHash('sha256').update(`${at}`).digest('hex'));
  const report = scanFiles([fileOf('digests', `${digests.join('\n')}\n`)], { inflatedBytes: 1 << 20 });
  expect([report.verdict, report.findings]).toEqual(['clean', []]);
});

test('a pickle of protocol 0 in many lines of base64 is found behind more than is looked at to tell it', () => {
  const pickle = `(lp0\n${"S'some text'\na".repeat(10_000)}cos\nsystem\n(S'id'\ntRa.`;
  const lines = Buffer.from(pickle).toString('base64').replace(/.{76}/g, '$&\n');
  expect(scan(`a text\n\n${lines}\n`).findings.map(({ evidence }) => evidence)).toEqual(['"os.system"']);
});

test.each(ENCODED)('a pickle %s is found in one of many names, and behind 20 kB of words', (_, encoded) => {
  const names = Array.from({ length: 50 }, (_, n) => text(`model.layers.${n}.self_attn.proj_${n}.weight`));
  const held = [encoded, ` ${encoded}`, `${'word '.repeat(4000)}${encoded}`].map((one) =>
    scanFiles([fileOf('names.pkl', pickleOf(proto(4), ']', '(', ...names, text(one), ...names, 'e', STOP))]),
  );
  for (const { verdict } of held) expect(verdict).toBe('finding');
});
