import { describe, expect, test } from 'vitest';
import { ATTACKS } from '../../../bench/scan-attacks.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf, zipOf } from './samples.ts';
import { WHOLE } from './whole-files.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('model.onnx', bytes)]);
const pickle = ATTACKS['os.system.pkl'] ?? Buffer.alloc(0);
const first = Object.entries(WHOLE).flatMap(([name, [bytes]]) => (bytes === undefined ? [] : [[name, bytes] as const]));
/**
 * What is behind these is more of them; a FlatBuffer does not say where it ends, and neither do checksums of Hadoop. Nobody
 * reads one from behind. Of two tables of Parquet readers see the second, where what lies before it is little.
 */
const GOES_ON: Readonly<Record<string, readonly string[]>> = {
  tflite: first.map(([name]) => name),
  'hadoop-checksum': first.map(([name]) => name),
  parquet: ['parquet'],
  text: ['text', 'model-config'],
  'model-config': ['text', 'model-config'],
  ...Object.fromEntries(
    ['onnx', 'savedmodel', 'keras-metadata', 'fingerprint', 'sentencepiece', 'tensorboard'].map((name) => [
      name,
      [name],
    ]),
  ),
};

/** An archive whose places count from the begin of the file that it is behind. */
function archiveAfter(before: Uint8Array): Buffer {
  const bytes = zipOf([{ name: 'a.pkl', content: pickle }]);
  const end = bytes.length - 22;
  const directory = bytes.readUInt32LE(end + 16);
  bytes.writeUInt32LE(before.length, directory + 42);
  bytes.writeUInt32LE(directory + before.length, end + 16);
  return Buffer.concat([before, bytes]);
}

describe('two files in one', () => {
  test.each(first)('%s with another format behind it is never clean', (name, bytes) => {
    const clean = first.filter(([other, behind]) => {
      if (GOES_ON[name]?.includes(other) === true) return false;
      return scan(Buffer.concat([bytes, behind])).verdict === 'clean';
    });
    expect(clean.map(([other]) => other)).toEqual([]);
  });

  test.each(first)('the pickle in an archive behind %s is found', (_, bytes) => {
    const report = scan(archiveAfter(bytes));
    expect(report.verdict).toBe('finding');
    expect(report.findings.map(({ rule }) => rule)).toContain('pickle-dangerous-import');
  });

  test.each(first)('%s within an archive is judged as by itself', (_, bytes) => {
    const alone = scan(bytes);
    const packed = scan(zipOf([{ name: 'weights.bin', content: bytes }]));
    expect(packed.files[1]).toMatchObject({ format: alone.files[0]?.format, verdict: alone.files[0]?.verdict });
  });

  test.each(first)('%s is told by its content, whatever its name', (_, bytes) => {
    const verdicts = ['model.txt', 'model.png', 'model.pkl', 'README.md'].map((name) => {
      const [file] = scanFiles([fileOf(name, bytes)]).files;
      return [file?.format, file?.verdict];
    });
    expect(new Set(verdicts.map((verdict) => JSON.stringify(verdict))).size).toBe(1);
  });
});
