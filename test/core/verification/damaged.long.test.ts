import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jinjaProblems } from '../../../core/verification/jinja.ts';
import { changes, damage } from './damage.ts';
import { WHOLE } from './whole-files.ts';

/** A new seed each time finds more; a failure prints it. */
const SEED = Date.now() % 2 ** 30;
const CHILD = join(import.meta.dirname, 'damaged-in-child.ts');
/** MiB of JavaScript objects. What the process itself takes comes on top. */
const HEAP = 160;

/** As many files as one scan takes: over more of them a process of V8 grows, and one that scans never has more. */
const PART = 10_000;
const PARTS = 10;

const TEMPLATES = [
  "{% set x = namespace(a=1) %}{% for m in messages %}{{ m['role'] ~ ': ' + m.content | trim }}{% endfor %}{# c #}",
  '{%- if not loop.first -%}{{- raise_exception(\'x\' ~ "y\\n") }}{%- elif a is defined and b[1:-1] %}{% raw %}{{ x {% endraw %}{% endif %}',
  "{{ ''['__cla' ~ 'ss__']|attr('mro')() }}{% macro f(a, b=(1, [2, {'c': 3}])) %}{{ a }}{% endmacro %}",
];

test.each(Object.keys(WHOLE))(
  '100,000 damaged files of %s end in reports, in bounded memory, and write nothing',
  (format) => {
    // What is young and what has died may take what bin.mjs lets it.
    const flags = [`--max-old-space-size=${HEAP}`, '--semi-space-growth-factor=1', '--heap-growing-percent=50'];
    for (let part = 0; part < PARTS; part += 1) {
      const args = [CHILD, format, String(PART), String(SEED + part)];
      const said = execFileSync(process.execPath, ['--permission', '--allow-fs-read=*', ...flags, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 1 << 24,
      });
      expect(Number(said)).toBeGreaterThan(0);
      expect(Number(said) * 1024).toBeLessThan(200e6);
    }
  },
);

test('100,000 damaged chat templates are judged without an error', () => {
  fc.assert(
    fc.property(fc.constantFrom(...TEMPLATES), changes, (template, list) => {
      expect(jinjaProblems(damage(Buffer.from(template), list).toString()).length).toBeLessThanOrEqual(20);
    }),
    { numRuns: 100_000, seed: SEED },
  );
});
