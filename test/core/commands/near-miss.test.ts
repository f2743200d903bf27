import { describe, expect, test } from 'vitest';
import { nearMiss } from '../../../core/commands/near-miss.ts';
import { COMMAND_NAMES } from '../../../core/commands/registry.ts';

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz-'];

describe.each(COMMAND_NAMES)('/%s', (name) => {
  const without = [...name].map((_, at) => name.slice(0, at) + name.slice(at + 1));
  const swapped = [...name].slice(1).map((letter, at) => name.slice(0, at) + letter + name[at] + name.slice(at + 2));
  const doubled = [...name].map((letter, at) => name.slice(0, at) + letter + name.slice(at));

  test('is meant by its name in capitals', () => {
    expect(nearMiss(name.toUpperCase())).toBe(name);
  });

  test('is meant when a letter is left out, doubled or swapped with its neighbour', () => {
    const slips = [...without, ...swapped, ...doubled].filter((slip) => !COMMAND_NAMES.some((known) => known === slip));
    // What is as near to another command of ours may be taken for it.
    const missed = slips.filter((slip) => nearMiss(slip) === null);
    expect(missed).toEqual([]);
  });

  test('is meant by nothing that shares no letter with it', () => {
    const foreign = LETTERS.filter((letter) => !name.includes(letter)).slice(0, name.length);
    expect(nearMiss(foreign.join(''))).toBeNull();
  });
});

test('what every object has is no name of ours', () => {
  expect(['constructor', '__proto__', 'toString', 'valueOf'].map(nearMiss)).toEqual([null, null, null, null]);
});
