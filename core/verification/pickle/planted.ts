import { evidenceOf } from '../format.ts';
import type { Machine } from './machine.ts';
import { GLOBAL, isMethodText, kindOf, payloadOf, type Value, WORD } from './values.ts';
import { isMethod, wordOf } from './words.ts';

/** Reports a callable under such a key of a dictionary that may become somebody's attributes. */
export function planted(machine: Machine, key: Value, value: Value): void {
  if (typeof key !== 'number' || typeof value !== 'number') return;
  if (kindOf(value) !== GLOBAL && !machine.changing.isMade(value)) return;
  if (kindOf(key) === WORD ? !isMethod(wordOf(payloadOf(key))) : !isMethodText(key)) return;
  const message = 'it puts a callable where the unpickler looks up a method';
  const evidence = evidenceOf(machine.textOf(key) ?? '?');
  machine.report({ rule: 'pickle-build', severity: 'high', message, evidence });
}
