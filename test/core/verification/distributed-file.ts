import { pickleOf } from './assembler.ts';
import { type ZipEntry, zipOf } from './samples.ts';

/** A value as `torch.save` writes it into memory: an archive with the records of zip64. */
export function rowOf(content: Uint8Array = pickleOf('\x80\x02K\x01.'), ...more: readonly ZipEntry[]): Buffer {
  const plain = zipOf([{ name: 'archive/data.pkl', content }, { name: 'archive/version', content: '3\n' }, ...more]);
  const at = plain.length - 22;
  const records = Buffer.alloc(76);
  records.write('PK\x06\x06', 0, 'latin1');
  records.writeBigUInt64LE(44n, 4);
  records.writeUInt16LE(45, 12);
  records.writeUInt16LE(45, 14);
  for (const place of [24, 32]) records.writeBigUInt64LE(BigInt(plain.readUInt16LE(at + 10)), place);
  records.writeBigUInt64LE(BigInt(plain.readUInt32LE(at + 12)), 40);
  records.writeBigUInt64LE(BigInt(plain.readUInt32LE(at + 16)), 48);
  records.write('PK\x06\x07', 56, 'latin1');
  records.writeBigUInt64LE(BigInt(at), 64);
  records.writeUInt32LE(1, 72);
  return Buffer.concat([plain.subarray(0, at), records, plain.subarray(at)]);
}
