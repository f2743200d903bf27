import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../core/verification/crc32.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { field, fileOf, message } from './samples.ts';
import { eventsOf, recordOf, scalar, summary, VERSION } from './tensorboard-file.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('events.out.tfevents.1700000000.host', bytes)]);
const tensor = (text: string): Buffer => field(8, message(field(1, 7), field(8, text)));
const text = (content: string) => eventsOf(summary(message(field(1, 'note'), tensor(content))));
const PICKLE = "cos\nsystem\n(S'echo 1234567'\ntR.";

test('the checksum is that of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

describe('clean', () => {
  test.each([
    ['a file that has just begun', eventsOf()],
    ['numbers', eventsOf(...Array.from({ length: 50 }, (_, step) => scalar('loss', step)))],
    ['a text', text('# The second run\nwith a lower rate of learning')],
    ['a graph', eventsOf(field(4, Buffer.alloc(3000, 7)))],
    ['an image', eventsOf(summary(message(field(1, 'plot'), field(4, message(field(1, 4), field(4, 'pixels'))))))],
  ])('%s', (_, bytes) => {
    expect(scan(bytes)).toMatchObject({ verdict: 'clean', files: [{ format: 'TensorBoard events' }] });
  });
});

describe('a finding', () => {
  const events = eventsOf(scalar('loss', 1));
  test.each([
    ['an event that is cut', events.subarray(0, -3), /past the end/],
    ['bytes behind the last event', Buffer.concat([events, Buffer.alloc(20)]), /checksum of a length/],
    ['another byte in an event', events.with(events.length - 8, 99), /checksum of an event/],
    ['a field that no event has', eventsOf(field(30, 'data')), /field 30 of its event/],
    ['a field that no value has', eventsOf(summary(message(field(12, 'data')))), /field 12 of its value/],
    ['a record of other software', Buffer.concat([recordOf(VERSION), recordOf(Buffer.from(PICKLE))]), /./],
  ])('%s', (_, bytes, words) => {
    const report = scan(bytes);
    expect(report.findings.map(({ rule }) => rule)).toEqual(['tensorboard-malformed']);
    expect(report.findings[0]?.message).toMatch(words);
  });

  test('a pickle in the place of a text', () => {
    expect(scan(text(PICKLE)).findings.map(({ rule }) => rule)).toContain('pickle-dangerous-import');
  });
});

test('records of other software are not scanned', () => {
  expect(scan(recordOf(field(1, message(field(1, 'feature')))))).toMatchObject({ verdict: 'unscanned' });
});
