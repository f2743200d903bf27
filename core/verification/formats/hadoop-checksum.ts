import { type Format, type FormatVerdict, readExactly, ScanError, startsWith } from '../format.ts';

/** The magic, then how many bytes each checksum is of. */
const HEADER = 8;
const CHECKSUM = 4;
const MAX_BLOCK = 2 ** 20;

/**
 * `.part-00000.crc` beside what Hadoop and Spark write to a local disk: checksums that nothing but their reader looks at.
 *
 * Source: `ChecksumFileSystem` of Hadoop
 */
export const hadoopChecksum: Format = {
  name: 'hadoop-checksum',
  rules: [],
  detect: (head) => startsWith(head, 'crc\0'),
  scan: (file): FormatVerdict => {
    const block = Buffer.from(readExactly(file, 0, HEADER)).readUInt32BE(4);
    if (block < 1 || block > MAX_BLOCK) throw new ScanError('malformed', `checksums of ${block} bytes each`, 4);
    if ((file.size - HEADER) % CHECKSUM !== 0) throw new ScanError('malformed', 'half a checksum', file.size);
    return { format: 'Hadoop checksums', verdict: 'clean', notes: [] };
  },
};
