import { crc32c } from '../../../core/verification/crc32.ts';
import { field, message } from './samples.ts';

const time = Buffer.concat([Buffer.from([0x09]), Buffer.alloc(8, 1)]);
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
const checksum = (bytes: Uint8Array): Buffer => {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(masked(crc32c(bytes)));
  return value;
};

/** A record of TFRecord. */
export function recordOf(content: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(content.length));
  return Buffer.concat([length, checksum(length), content, checksum(content)]);
}

export const VERSION = Buffer.concat([time, field(3, 'brain.Event:2')]);

/** A file of TensorBoard: what it begins with, then one record for each event. */
export function eventsOf(...events: readonly Uint8Array[]): Buffer {
  return Buffer.concat([VERSION, ...events].map(recordOf));
}

/** An event with the values of a summary. */
export function summary(...values: readonly Uint8Array[]): Buffer {
  return Buffer.concat([time, field(5, message(...values.map((value) => field(1, value))))]);
}

/** An event with a number that has a name. */
export function scalar(name: string, step: number): Buffer {
  const number = Buffer.concat([Buffer.from([0x15]), Buffer.alloc(4, step)]);
  return Buffer.concat([summary(message(field(1, name), number)), field(2, step)]);
}
