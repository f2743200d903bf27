import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unpack } from '../../../adapters/github/archive.ts';
import { Sha256 } from '../../../core/names.ts';
import { PortError } from '../../../flows/ports.ts';

interface Member {
  readonly name: string;
  readonly content: string;
  readonly mode?: number;
  readonly flags?: number;
  /** What the headers claim, when it is not the truth. */
  readonly declared?: number;
}

/** A zip archive, written by hand so that it can lie. */
function zip(members: readonly Member[]): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode = 0o100644, flags = 0, declared } of members) {
    const bytes = Buffer.from(content);
    const data = deflateRawSync(bytes);
    const title = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags | 0x800, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(declared ?? bytes.length, 18);
    fields.writeUInt16LE(title.length, 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, title, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, rest, title]));
    local.push(header);
    offset += header.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...local, directory, end]));
}

const digest = (bytes: Uint8Array): Sha256 => Sha256.parse(createHash('sha256').update(bytes).digest('hex'));
const open = (bytes: Uint8Array, maxBytes = 10_000) => unpack(bytes, digest(bytes), maxBytes);

describe('an artifact archive', () => {
  test('gives its files by name', async () => {
    const files = await open(
      zip([
        { name: 'a.json', content: '{}' },
        { name: 'plots/b.csv', content: 'x,y' },
      ]),
    );
    expect([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['a.json', '{}'],
      ['plots/b.csv', 'x,y'],
    ]);
  });

  test('of another digest is not opened', async () => {
    const other = digest(new Uint8Array([1]));
    await expect(unpack(zip([]), other, 100)).rejects.toMatchObject({ code: 'digest_mismatch' });
  });

  test.each<[string, Member[]]>([
    ['a name that leaves the folder', [{ name: '../evil', content: 'x' }]],
    ['an absolute name', [{ name: '/etc/passwd', content: 'x' }]],
    ['a name with a backslash', [{ name: 'a\\b', content: 'x' }]],
    ['a link', [{ name: 'link', content: '/etc/passwd', mode: 0o120777 }]],
    ['an encrypted file', [{ name: 'secret', content: 'x', flags: 1 }]],
    [
      'two files of one name',
      [
        { name: 'a', content: '1' },
        { name: 'a', content: '2' },
      ],
    ],
    ['a file larger than it declares', [{ name: 'a', content: 'x'.repeat(100), declared: 10 }]],
    ['a file smaller than it declares', [{ name: 'a', content: 'x', declared: 10 }]],
  ])('with %s is refused', async (_what, members) => {
    await expect(open(zip(members))).rejects.toMatchObject({ code: 'malformed' });
  });

  test('that unpacks to more than allowed is refused, counted over all files', async () => {
    const members = [
      { name: 'a', content: 'x'.repeat(60) },
      { name: 'b', content: 'x'.repeat(60) },
    ];
    await expect(open(zip(members), 100)).rejects.toMatchObject({ code: 'too_large' });
    expect((await open(zip(members), 120)).size).toBe(2);
  });

  test('of any bytes ends in files or in a PortError', async () => {
    const good = zip([
      { name: 'a.json', content: '{"a":1}' },
      { name: 'b', content: 'bb' },
    ]);
    const flips = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const bytes = Uint8Array.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        await open(bytes).catch((error) => expect(error).toBeInstanceOf(PortError));
      }),
      { numRuns: 300 },
    );
  });
});
