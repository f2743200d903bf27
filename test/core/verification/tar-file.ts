export interface Member {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly type?: string;
  readonly size?: string;
  readonly sum?: number;
  readonly prefix?: string;
}

export function memberOf({ name, content = '', type = '0', size, sum, prefix = '' }: Member): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write(size ?? bytes.length.toString(8).padStart(11, '0'), 124, 12, 'latin1');
  header.write('        ', 148);
  header.write(type, 156, 1, 'latin1');
  header.write('ustar\x0000', 257);
  header.write(prefix, 345);
  const right = header.reduce((total, byte) => total + byte, 0);
  header.write(`${(sum ?? right).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export const END = Buffer.alloc(1024);
export const tarOf = (...members: readonly Member[]): Buffer => Buffer.concat([...members.map(memberOf), END]);
export const pax = (...records: readonly string[]): string =>
  records.map((record) => `${String(record.length + 4).padStart(2, '0')} ${record}\n`).join('');
export const small = tarOf({ name: 'a.json', content: '{"a": 1}' });
