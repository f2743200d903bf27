import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FORMATS } from '../../../core/verification/formats.ts';
import { RULES } from '../../../core/verification/rules.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf, graph, model, node, zipOf } from './samples.ts';

const onnxModel = model(graph(node('Relu')));

test('the folder of formats and the registry hold the same', () => {
  const folder = readdirSync(new URL('../../../core/verification/formats/', import.meta.url));
  expect(FORMATS.map((format) => `${format.name}.ts`).sort()).toEqual(folder.sort());
});

test('no two formats say different things of a rule, and every rule says why it matters', () => {
  const said = FORMATS.flatMap((format) => format.rules);
  for (const rule of said) expect(RULES.get(rule.id)).toEqual(rule);
  for (const { id, title, why } of RULES.values())
    expect([id, title.length > 0, why.endsWith('.')]).toEqual([id, true, true]);
});

test('a report is clean only if every file is', () => {
  const clean = fileOf('model.onnx', onnxModel);
  const unscanned = fileOf('table.parquet', Buffer.from('PAR1\x15\x04', 'latin1'));
  const bad = fileOf('model.pkl', Buffer.from('\x80\x04.', 'latin1'));
  expect(scanFiles([clean]).verdict).toBe('clean');
  expect(scanFiles([clean, unscanned]).verdict).toBe('unscanned');
  expect(scanFiles([clean, unscanned, bad]).verdict).toBe('finding');
});

test('no files at all are not clean', () => {
  expect(scanFiles([])).toEqual({ verdict: 'unscanned', files: [], findings: [] });
});

test('too many files are not scanned, and none is called clean', () => {
  const file = fileOf('a', 'x');
  expect(scanFiles(Array.from({ length: 10_001 }, () => file))).toMatchObject({ verdict: 'unscanned', files: [] });
});

test('a list of files that takes too much room ends, and what is not listed is not clean', () => {
  const names = Array.from({ length: 60 }, (_, index) => ({ name: `${'a'.repeat(100)}${index}`, content: 'x' }));
  const report = scanFiles([fileOf('a', zipOf(names))], { listedBytes: 10_000 });
  expect([report.verdict, report.files[0]?.reason]).toEqual(['unscanned', 'too_large']);
  expect(JSON.stringify(report.files).length).toBeLessThan(10_500);
  expect(scanFiles([fileOf('a', zipOf(names))]).verdict).toBe('clean');
});

test('findings that take too much room are not listed, and the file is held all the same', () => {
  const evil = { content: "cos\nsystem\n(S'id'\ntR." };
  const files = Array.from({ length: 1000 }, (_, index) => ({ name: `${'\x01'.repeat(240)}/${index}`, ...evil }));
  const report = scanFiles(files.map(({ name, content }) => fileOf(`${name.repeat(6)}`, content)));
  expect([report.verdict, report.files.length, report.findings.length < 1000]).toEqual(['finding', 1000, true]);
  expect(Buffer.byteLength(JSON.stringify(report.findings))).toBeLessThan(5 * 2 ** 20);
});

test.each([
  ['a model named like text', 'notes.txt', onnxModel, 'onnx'],
  ['a pickle named like a model', 'model.onnx', Buffer.from('\x80\x04\x95.', 'latin1'), 'pickle'],
  ['a zip named like an image', 'loss.png', zipOf([{ name: 'a', content: 'x' }]), 'zip'],
])('%s is told by its content', (_, path, content, format) => {
  expect(scanFiles([fileOf(path, content)]).files[0]?.format).toBe(format);
});

test.each([
  ['JSON', '{"a": [1, 2]}', 'json'],
  ['CSV', 'a,b\n1,2\n', 'csv'],
  ['Markdown', '# Model card\n\nSome *words*.\n', 'text'],
  ['a model of LightGBM', 'tree\nversion=v4\nnum_class=1\n\nTree=0\nnum_leaves=2\n\nend of trees\n', 'text'],
  ['a model of XGBoost as JSON', '{"learner":{"gradient_booster":{}},"version":[3,2,0]}', 'json'],
  ['a word list', 'cat\ndog\nRabbit\nbird\n.\n', 'text'],
  ['text in another script', 'модель: 模型\n', 'text'],
  [
    'a Vega plot with its data inside',
    '{"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "data": {"values": []}}',
    'vega',
  ],
  ['an empty file', '', 'empty'],
])('%s is data', (_, content, format) => {
  expect(scanFiles([fileOf('a', content)]).files[0]).toMatchObject({ format, verdict: 'clean' });
});

test.each([
  ['ELF', '\x7fELF\x02\x01', 'finding', 'executable'],
  ['a Windows program', 'MZ\x90\0\x03', 'finding', 'executable'],
  ['a script', '#!/bin/sh\nrm -rf /\n', 'unscanned', 'script'],
  [
    'a Vega plot that loads from elsewhere',
    '{"$schema":"https://vega.github.io/schema/vega/v6.json","data":[{"url":"file:///etc/passwd"}]}',
    'finding',
    'vega-url',
  ],
  ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 'unscanned', 'markup'],
  ['HTML after a comment', '\n <!-- x --><html>', 'unscanned', 'markup'],
  ['HDF5 that is cut', '\x89HDF\r\n\x1a\n\0', 'finding', 'hdf5-malformed'],
  ['Parquet', 'PAR1\x15\x04', 'unscanned', 'unscanned-format'],
  ['gzip that is cut', '\x1f\x8b\x08', 'finding', 'compressed-malformed'],
  ['bzip2 without blocks', 'BZh91AY&SY', 'finding', 'compressed-malformed'],
  ['bzip2 that is cut', 'BZh91AY', 'unscanned', 'unscanned-compression'],
  ['xz that is cut', '\xfd7zXZ\0\0\x04', 'finding', 'compressed-malformed'],
  ['lzma that is cut', `]\0\0\x80\0${'\xff'.repeat(8)}x`, 'finding', 'compressed-malformed'],
  ['lzma with its size', ']\0\0\x80\0\x10\x20\0\0\0\0\0\0x', 'finding', 'compressed-malformed'],
  ['LZ4 that is cut', '\x04\x22\x4d\x18\x64', 'finding', 'compressed-malformed'],
  ['lzip', 'LZIP\x01', 'unscanned', 'unscanned-compression'],
  ['7-Zip', "7z\xbc\xaf'\x1c\0\x04", 'unscanned', 'unscanned-archive'],
  ['RAR 4', 'Rar!\x1a\x07\0\xcf', 'unscanned', 'unscanned-archive'],
  ['RAR 5', 'Rar!\x1a\x07\x01\0', 'unscanned', 'unscanned-archive'],
  [
    'a pointer of Git LFS',
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`,
    'unscanned',
    'unscanned-pointer',
  ],
  ['an object of R', 'X\n\0\0\0\x03\0\x04\x03\x02\0\x03\x05\0', 'unscanned', 'unscanned-r-data'],
  ['an object of R in the order of this machine', 'B\n\x02\0\0\0', 'unscanned', 'unscanned-r-data'],
  ['an object of R as text', 'A\n3\n262914\n197888\n', 'unscanned', 'unscanned-r-data'],
  ['a workspace of R', 'RDX3\nX\n\0\0\0\x03', 'unscanned', 'unscanned-r-data'],
  ['a model of XGBoost in its old binary form', `binf${'\0'.repeat(40)}`, 'unscanned', 'unscanned-format'],
  ['ExecuTorch', '\x20\0\0\0ET12eh00', 'unscanned', 'unscanned-format'],
  ['noise', '\x01\x02\x03\xff\xfe', 'unscanned', 'unknown-format'],
  ['text with a control character', 'abc\x08def', 'unscanned', 'unknown-format'],
])('%s is never clean', (_, content, verdict, rule) => {
  const report = scanFiles([fileOf('a', Buffer.from(content, 'latin1'))]);
  expect(report.files[0]?.verdict).toBe(verdict);
  expect(report.findings.map((finding) => finding.rule)).toContain(rule);
  expect(report.findings[0]?.fix).toMatch(/./);
});

test.each([
  ['protocol 4', '\x80\x04\x95\x00'],
  ['protocol 0, as text', "cos\nsystem\n(S'echo'\ntR."],
  ['protocol 0 without a stop', "cos\nsystem\n(S'echo'\ntR"],
  ['an instance', "(S'echo'\nios\nsystem\n."],
  ['a call after a long string', `S'${'x'.repeat(100_000)}'\n0cos\nsystem\n(S'id'\ntR.`],
  ['a call through the memo', "cos\nsystem\np0\n0(S'id'\ntp1\n0g0\ng1\nR."],
  ['a second pickle after one that is only data', "N.cos\nsystem\n(S'id'\ntR."],
  ['carriage returns in names', "cos\r\nsystem\n(S'id'\ntR."],
])('a pickle is found: %s', (_, content) => {
  expect(scanFiles([fileOf('notes.txt', Buffer.from(content, 'latin1'))])).toMatchObject({
    verdict: 'finding',
    files: [{ format: 'pickle' }],
  });
});

test('an object of R within gzip is named', () => {
  const report = scanFiles([fileOf('model.rds', gzipSync('X\n\0\0\0\x03\0\x04\x03\x02'))]);
  expect(report).toMatchObject({
    verdict: 'unscanned',
    files: [
      { format: 'gzip', verdict: 'unscanned' },
      { path: 'model.rds!/gzip', format: 'R data' },
    ],
    findings: [{ rule: 'unscanned-r-data' }],
  });
});

test('a file that changes while it is scanned is a finding', () => {
  const file = { ...fileOf('a', 'text'), size: 9 };
  expect(scanFiles([file]).verdict).toBe('finding');
});

test('a matrix of Matrix Market is text, and no source code of Objective-C++', () => {
  const matrix = fileOf('corpus.mm', '%%MatrixMarket matrix coordinate real general\n3 3 1\n1 1 2.0\n');
  expect(scanFiles([matrix])).toMatchObject({ verdict: 'clean', files: [{ format: 'text' }] });
});

test.each([
  ['a vocabulary with the character DEL', '{"model": {"vocab": {"a": 0, "\x7f": 1}}}', 'json'],
  ['a template that begins with a token', '<|im_start|>{{ messages[0].role }}<image>', 'text'],
])('%s is text', (_, content, format) => {
  expect(scanFiles([fileOf('tokenizer', content)])).toMatchObject({ verdict: 'clean', files: [{ format }] });
});

test('a text in a text that ends in a backslash is not encoded for ever, however long what follows is', () => {
  const template = '<arguments-object>}\\\\n</tool_call><|im_end|>\\\\n\\" }}\\n{%- else %}';
  const sizes = Array.from({ length: 80 }, (_, size) => size);
  const held = sizes.filter((size) => scanFiles([fileOf('a.jinja', template + ' '.repeat(size))]).verdict !== 'clean');
  expect(held).toEqual([]);
});
