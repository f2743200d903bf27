import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLog } from '../../../actions/runtime/command-log.ts';
import { type Job, openJob } from '../../../actions/runtime/job.ts';
import { ATTACKS, EVERY_ATTACK } from '../../core/reports/hostile.ts';
import { commandsIn } from '../../core/reports/runner.ts';

let output = '';
const job: Job = openJob({});
const write = process.stdout.write;
const exitCode = process.exitCode;

/** Standard output is the wire to the runner. */
function logged(act: () => void): string {
  output = '';
  process.stdout.write = (chunk: Uint8Array | string) => {
    output += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    return true;
  };
  try {
    act();
  } finally {
    process.stdout.write = write;
  }
  return output;
}

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trainyard-job-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  process.exitCode = exitCode;
});

test('no message in a log is a command', () => {
  for (const attack of EVERY_ATTACK) expect(commandsIn(logged(() => job.log.info(`refused: ${attack}`)))).toEqual([]);
  for (const attack of EVERY_ATTACK) expect(commandsIn(logged(() => job.log.info(attack)))).toEqual([]);
});

test.each(['notice', 'warning'] as const)('a %s is one command, whatever it says', (level) => {
  for (const attack of EVERY_ATTACK) {
    const commands = commandsIn(logged(() => job.log[level](attack)));
    expect(commands).toMatchObject([{ command: level, properties: {} }]);
  }
});

test('an annotation is one command at its file, whatever the file, the title and the message are', () => {
  for (const attack of EVERY_ATTACK.filter((text) => text !== '')) {
    const commands = commandsIn(logged(() => job.log.error(attack, { file: attack, line: 3, title: attack })));
    expect(commands).toHaveLength(1);
    const [found] = commands;
    expect(found?.command).toBe('error');
    expect(Object.keys(found?.properties ?? {}).filter((key) => !['file', 'line', 'title'].includes(key))).toEqual([]);
    expect(found?.properties).toMatchObject({ file: attack, line: '3' });
    expect(found?.data).not.toMatch(/##\[|^\s*::/m);
  }
});

test('a failure is one command', () => {
  for (const attack of ATTACKS.commands) {
    expect(commandsIn(logged(() => job.fail(attack)))).toMatchObject([{ command: 'error', properties: {} }]);
  }
});

test('an output is what was set, and sets nothing else, whatever lines it holds', () => {
  const file = join(directory, 'output');
  for (const attack of EVERY_ATTACK) {
    writeFileSync(file, '');
    process.env['GITHUB_OUTPUT'] = file;
    core.setOutput('name', attack);
    delete process.env['GITHUB_OUTPUT'];
    expect(outputsIn(readFileSync(file, 'utf8'))).toEqual([['name', attack.toWellFormed()]]);
  }
});

/** As the runner reads `name<<delimiter`. */
function outputsIn(text: string): [string, string][] {
  const found: [string, string][] = [];
  for (let rest = text; rest !== ''; ) {
    const [, name = '', delimiter = ''] = /^([^\n]*?)<<([^\n]*)\n/.exec(rest) ?? [];
    const start = name.length + delimiter.length + 3;
    const end = rest.indexOf(`\n${delimiter}\n`, start - 1);
    expect(end).toBeGreaterThan(0);
    found.push([name, rest.slice(start, end)]);
    rest = rest.slice(end + delimiter.length + 2);
  }
  return found;
}

test('output of foreign code is obeyed in no form, and our own commands are again after it', () => {
  const piece = fc.oneof(fc.constantFrom(...ATTACKS.commands), fc.constantFrom('\n', '\r', '::', '##[', ' '));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.uuid(), (pieces, token) => {
      const text = logged(() => {
        const log = new CommandLog(job.log.raw, token);
        log.begin();
        for (const part of pieces) log.take(Buffer.from(part));
        log.end();
        core.notice('ours');
      });
      expect(commandsIn(text)).toEqual([{ command: 'notice', properties: {}, data: 'ours' }]);
    }),
  );
});

test('a flood is told to wait while the runner has not read what was written', async () => {
  const full = process.stdout;
  const listening = full.listenerCount('drain');
  process.stdout.write = () => false;
  const room = job.log.raw('a flood');
  process.stdout.write = write;
  expect(room).toBeInstanceOf(Promise);
  full.emit('drain');
  await room;
  expect(full.listenerCount('drain')).toBe(listening);
  let more: unknown;
  logged(() => {
    more = job.log.raw('a line');
  });
  expect(more).toBeUndefined();
});
