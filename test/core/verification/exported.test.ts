import { expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf, type ZipEntry, zipOf } from './samples.ts';

const WEIGHTS = Buffer.from([0, 0, 128, 63, 0, 0, 0, 64]);

/** As torch.export.save writes it, with more entries. */
const scan = (...more: readonly ZipEntry[]) =>
  scanFiles([
    fileOf(
      'model.bin',
      zipOf([
        { name: 'm/archive_format', content: 'pt2' },
        { name: 'm/archive_version', content: '0' },
        { name: 'm/models/model.json', content: '{"graph_module": {}}' },
        { name: 'm/data/weights/weight_0', content: WEIGHTS },
        ...more,
      ]),
    ),
  ]);

test('a program of torch.export is named and not clean, without a finding for each of its tensors', () => {
  expect(scan()).toMatchObject({
    verdict: 'unscanned',
    files: [{ format: 'torch.export', reason: 'program' }, {}, {}, { format: 'json' }, { format: 'tensor' }],
    findings: [{ rule: 'torch-export' }],
  });
});

test('so is one of the first versions', () => {
  const first = zipOf([
    { name: 'serialized_exported_program.json', content: '{}' },
    { name: 'version', content: '5.1' },
  ]);
  expect(scanFiles([fileOf('model.bin', first)]).findings).toMatchObject([{ rule: 'torch-export' }]);
});

test.each<[string, string, string | Uint8Array, string]>([
  ['a library of AOTInductor', 'm/data/aotinductor/model/a.so', '\x7fELF\x02\x01', 'executable'],
  ['a pickle as an object', 'm/data/constants/opaque_obj_0', "cos\nsystem\n(S'id'\ntR.", 'pickle-dangerous-import'],
  [
    'a pickle that is named as a tensor',
    'm/data/constants/tensor_0',
    Buffer.from('\x80\x02cos\nsystem\n.', 'latin1'),
    'pickle-dangerous-import',
  ],
  [
    'a pickle in an archive that is named as a tensor',
    'm/data/weights/weight_1',
    zipOf([{ name: 'a', content: "cos\nsystem\n(S'id'\ntR." }]),
    'pickle-dangerous-import',
  ],
])('%s in it is a finding', (_, name, content, rule) => {
  const report = scan({ name, content });
  expect(report.verdict).toBe('finding');
  expect(report.findings.map((finding) => finding.rule)).toContain(rule);
});
