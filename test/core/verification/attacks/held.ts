import { expect } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { fileOf } from '../samples.ts';

/** Whether a hostile file is held for what it is: neither clean nor a crash of the scanner. */
export function expectHeld(name: string, bytes: Uint8Array): void {
  const { verdict, files } = scanFiles([fileOf(name, bytes)]);
  expect(verdict).not.toBe('clean');
  expect(files.map(({ reason }) => reason)).not.toContain('crashed');
}

/** A text pickle that runs a command. */
export const SHELL = Buffer.from("cos\nsystem\n(S'id'\ntR.");
/** Lets bytes of a file be changed in place. */
export function changed(bytes: Uint8Array, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}
