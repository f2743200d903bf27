import { PortError } from '../../flows/ports.ts';

/** Frames of git's wire protocol (gitprotocol-common, "pkt-line"): data, or one of the special lengths. */
export type Packet =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'flush' }
  | { readonly kind: 'delimiter' }
  | { readonly kind: 'end' };

const HEADER = 4;
const LONGEST = 65_520;
export const FLUSH = '0000';
export const DELIMITER = '0001';

/** One line of text as a packet; a line feed ends it. */
export function packet(line: string): string {
  const length = Buffer.byteLength(line) + HEADER + 1;
  if (length > LONGEST) throw new PortError('malformed', `git: expected a line of at most ${LONGEST} bytes`);
  return `${length.toString(16).padStart(HEADER, '0')}${line}\n`;
}

/**
 * The bytes come from a server, and may be cut off or forged.
 * @throws PortError `unavailable` when the last packet is not whole, `malformed` when they are no packets
 */
export function readPackets(bytes: Buffer): readonly Packet[] {
  const packets: Packet[] = [];
  let at = 0;
  while (at < bytes.length) {
    const header = bytes.toString('latin1', at, at + HEADER);
    if (bytes.length - at < HEADER) throw cutOff();
    if (!/^[0-9a-f]{4}$/i.test(header)) throw malformed(`expected a length of four hexadecimal digits at byte ${at}`);
    const length = Number.parseInt(header, 16);
    if (length >= HEADER) {
      if (at + length > bytes.length) throw cutOff();
      packets.push({ kind: 'data', data: bytes.subarray(at + HEADER, at + length) });
      at += length;
      continue;
    }
    if (length === 3) throw malformed('expected no packet of length 3');
    packets.push({ kind: length === 0 ? 'flush' : length === 1 ? 'delimiter' : 'end' });
    at += HEADER;
  }
  return packets;
}

/** The text of a packet without its line feed. */
export function lineOf(data: Buffer): string {
  return data.toString('utf8').replace(/\n$/, '');
}

function cutOff(): PortError {
  return new PortError('unavailable', 'git: the server’s answer was cut off; it is tried again');
}

function malformed(problem: string): PortError {
  return new PortError('malformed', `git: ${problem} of the server's answer`);
}
