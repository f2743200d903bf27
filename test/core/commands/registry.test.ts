import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CommandName } from '../../../core/commands/command.ts';
import { parseComment } from '../../../core/commands/parse.ts';
import { COMMAND_NAMES, COMMANDS } from '../../../core/commands/registry.ts';

test('the registry holds exactly the files of the folder syntax', () => {
  const files = readdirSync(new URL('../../../core/commands/syntax', import.meta.url));
  expect(COMMANDS.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
});

test.each(COMMANDS.map((syntax) => [syntax.name, syntax] as const))(
  'the example of /%s is a command of that name',
  (name, syntax) => {
    const [line] = parseComment(syntax.example);
    expect(line).toMatchObject({ kind: 'command', command: { name } });
  },
);

test.each(COMMANDS.map((syntax) => [syntax.name, syntax] as const))(
  'the usage of /%s begins with its name',
  (name, syntax) => {
    expect(syntax.usage.split(' ')[0]).toBe(`/${name}`);
  },
);

test('every command that the types name can be typed', () => {
  const named: Record<CommandName, true> = {
    train: true,
    validate: true,
    evaluate: true,
    cancel: true,
    retry: true,
    status: true,
    promote: true,
    rollback: true,
    hold: true,
    unhold: true,
    lock: true,
    unlock: true,
    override: true,
    'ok-to-train': true,
    help: true,
  };
  expect([...COMMAND_NAMES].sort()).toEqual(Object.keys(named).sort());
});
