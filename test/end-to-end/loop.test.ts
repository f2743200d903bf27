import { expect, test } from 'vitest';
import { demo } from '../../scripts/demo/demo.ts';
import { STEPS } from '../../scripts/demo/scenario.ts';
import { recordingJudge } from '../conformance/recording-judge.ts';

const judge = recordingJudge();
/** What `npm run demo` prints. */
const lines: string[] = [];

test('the demo’s story happens, from an opened pull request to a promoted model', async () => {
  const write = (text: string): void => {
    lines.push(...text.split('\n'));
    if (process.env['VERBOSE']) process.stderr.write(`${text}\n`);
  };
  const code = await demo({ arguments: [], write, interrupted: () => Promise.resolve(), watch: judge });
  expect(code, lines.slice(-3).join('\n')).toBe(0);
  const begun = lines.flatMap((line) => /^ ?\d+\. (.+)$/.exec(line)?.[1] ?? []);
  expect(begun).toEqual(STEPS.map((step) => step.title));
  expect(lines.filter((line) => /^ {4}✓ [\d.]+ s$/.test(line))).toHaveLength(STEPS.length);
}, 600_000);

test('what the summary says is what the local GitHub holds', () => {
  const expected = [
    /^PR #1 .+ \(merged\): ready success – flight-delay: merging promotes run [0-9A-Z]{26}$/,
    /^PR #2 .+ \(open\): ready (action_required|failure) – flight-delay/,
    /^PR #3 .+ \(merged\): ready failure – flight-delay: run [0-9A-Z]{26} is stale: /,
    /^PR #4 .+ \(open\): ready success – no model affected$/i,
    /^PR #5 .+ \(open\): ready success – policy change: this merge promotes nothing; main is trained after it$/i,
    /^tag flight-delay#production#1 → tag [0-9a-f]{10}$/,
    /^tag flight-delay#production#3 → tag [0-9a-f]{10}$/,
    /^tag flight-delay#staging#2 → tag [0-9a-f]{10}$/,
    /^tag flight-delay@v1\.0\.0 → tag [0-9a-f]{10}$/,
    /^tag flight-delay@v1\.1\.0 → tag [0-9a-f]{10}$/,
    /^release flight-delay@v1\.1\.0: flight-delay-1\.1\.0\.tar, \d+ bytes, sha256 [0-9a-f]{16}…$/,
    /^release flight-delay@v1\.0\.0: flight-delay-1\.0\.0\.tar, \d+ bytes, sha256 [0-9a-f]{16}…$/,
    /^deployment production: flight-delay 1\.1\.0$/,
    /^deployment staging: flight-delay 1\.1\.0$/,
    /^deployment production: flight-delay 1\.0\.0$/,
    /^ledger: 11 signed entries, chain and signatures verified$/,
  ];
  const from = lines.indexOf('What the local GitHub holds now:') + 1;
  const said = lines.slice(from, from + expected.length + 1);
  expect(said.at(-1)).toBe('');
  expect(said.slice(0, -1).map((line) => line.slice(2))).toEqual(expected.map((line) => expect.stringMatching(line)));
});

test('every request, answer and webhook of the story fits GitHub’s own description', () => {
  judge.assertClean();
});

test('an argument that the demo does not know starts nothing', async () => {
  const said: string[] = [];
  const write = (line: string): void => void said.push(line);
  const code = await demo({ arguments: ['--kept'], write, interrupted: () => Promise.resolve() });
  expect(code).toBe(2);
  expect(said).toEqual(['unknown argument --kept; the demo knows --keep']);
});
