import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GitClient } from '../../scripts/demo/git.ts';
import { ATTACKS, EVERY_ATTACK } from '../core/reports/hostile.ts';
import { makeKey } from '../core/samples.ts';
import { TEAM } from '../end-to-end/team.ts';
import { call } from './world.ts';

/** What a terminal acts on. */
const ACTS = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test('no argument reaches the terminal as an escape sequence', async () => {
  for (const attack of EVERY_ATTACK) {
    for (const args of [[attack], ['plan', attack], ['train', attack], ['promote', attack, attack]]) {
      const { out, err } = await call(args, { variables: { GITHUB_TOKEN: 'a token', GITHUB_REPOSITORY: attack } });
      expect(out + err).not.toMatch(ACTS);
    }
  }
});

describe('a plan of a change that hostile people made', () => {
  let directory = '';
  let clone: GitClient;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trainyard-hostile-'));
    clone = new GitClient(directory, { login: 'ada', token: 'none' });
    await clone.git('init', '-q', '.');
    write({ ...TEAM, 'keys/trainyard.pub': makeKey().public.pem });
    await clone.commitAll('first');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function write(files: Readonly<Record<string, string>>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
  }

  test.each([...ATTACKS.terminal, ...ATTACKS.commands].map((text) => [text]))(
    'says of the command %j no more than one line',
    async (attack) => {
      await clone.git('checkout', '-q', '-B', 'change', 'main');
      const config = TEAM['.github/trainyard.yml'] ?? '';
      const run = /^( +)run: .*$/m;
      expect(config).toMatch(run);
      write({
        '.github/trainyard.yml': config.replace(
          run,
          (_, indent: string) => `${indent}run: ${JSON.stringify(`x\n✗ ${attack}`)}`,
        ),
      });
      await clone.commitAll('change');
      const { out, err } = await call(['plan'], { directory });
      expect(out + err).not.toMatch(ACTS);
      expect(out).not.toMatch(/^✗ (?!.*(?:trainyard\.yml|line \d))/m);
    },
  );
});
