import { evidenceOf } from '../format.ts';
import type { Machine } from './machine.ts';
import { isObject, type Value } from './values.ts';

/** Methods that the opcodes look up on an instance: a callable under such a name is called in place of the class's own. */
const LOOKED_UP = /^(__.*__|append|extend|add)$/s;

/** Reports a callable under such a key of a dictionary that may become somebody's attributes. */
export function planted(machine: Machine, key: Value | undefined, value: Value): void {
  if (typeof key !== 'string' || !isObject(value) || (value.kind !== 'global' && value.kind !== 'made')) return;
  if (!LOOKED_UP.test(key)) return;
  const message = 'it puts a callable where the unpickler looks up a method';
  machine.report({ rule: 'pickle-build', severity: 'high', message, evidence: evidenceOf(key) });
}
