import { expect, test } from 'vitest';
import { ATTACKS } from '../../../bench/scan-attacks.ts';
import { FORMAT_ATTACKS, ORDINARY } from '../../../bench/scan-format-attacks.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';

test.each([...Object.entries(ATTACKS), ...Object.entries(FORMAT_ATTACKS)])('%s is held', (name, bytes) => {
  expect(scanFiles([fileOf(name, bytes)]).verdict).toBe('finding');
});

test.each(Object.entries(ORDINARY))('%s passes', (name, bytes) => {
  expect(scanFiles([fileOf(name, bytes)]).verdict).toBe('clean');
});
