import { evidenceOf } from '../format.ts';
import { type Global, nameOf } from './globals.ts';
import type { Machine } from './machine.ts';
import type { Value } from './values.ts';

const MODULES: ReadonlySet<string> = new Set(['scipy.stats._continuous_distns', 'scipy.stats._discrete_distns']);

/** Whether a class is a distribution of SciPy, whose `__setstate__` executes text of the state. */
export function isDistribution({ module }: Global): boolean {
  return MODULES.has(module);
}

const NAME = '[A-Za-z_][A-Za-z0-9_]{0,30}';
const SHAPES = `((?:${NAME}, ){0,16})`;

/** `parse_arg_template` (`scipy/stats/_distn_infrastructure.py`) as the constructors of both kinds of distribution fill it. */
const TEMPLATES: readonly RegExp[] = [
  ['loc=0, scale=1', 'loc, scale'],
  ['loc=0', 'loc, 1'],
].map(
  ([given, used]) =>
    new RegExp(
      `^\ndef _parse_args\\(self, ${SHAPES} ${given}\\):\n    return \\(\\1\\), ${used}\n\n` +
        `def _parse_args_rvs\\(self, \\1 ${given}, size=None\\):\n    return self._argcheck_rvs\\(\\1 ${used}, size=size\\)\n\n` +
        `def _parse_args_stats\\(self, \\1 ${given}, moments='mv'\\):\n    return \\(\\1\\), ${used}, moments\n$`,
    ),
);

/** The state of a distribution must be a dictionary with the text that SciPy writes, and nothing else is executed. */
export function checkDistribution(machine: Machine, made: Global, state: Value): void {
  const { changing } = machine;
  const entries = changing.isDict(state) ? changing.entriesOf(state) : null;
  const text = machine.textOf(entries?.template);
  if (text !== null && TEMPLATES.some((template) => template.test(text))) return;
  const message = "it gives a distribution a state whose text, which SciPy executes, is not SciPy's own";
  machine.report({
    rule: 'pickle-call',
    severity: 'critical',
    message,
    evidence: evidenceOf(text === null ? nameOf(made) : text),
  });
}
