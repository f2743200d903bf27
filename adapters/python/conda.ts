import type { LockProblem } from './requirements.ts';

/** Programs that can make an environment from an explicit lock, the fastest first. */
export const CONDA_TOOLS = ['micromamba', 'mamba', 'conda'] as const;

/** From `https://…/linux-64/numpy-2.1.0-py312_0.conda`: nothing but a plain address of a package. */
const PACKAGE = /^https:\/\/[A-Za-z0-9.-]+(:\d+)?\/[A-Za-z0-9._~/+!%-]+\.(conda|tar\.bz2)#(sha256:)?[0-9a-f]{64}$/;

/**
 * Checks that a conda lock is explicit: every package by its address and SHA-256, so that nothing is resolved.
 * `conda list --explicit --sha256` writes such.
 */
export function checkExplicit(text: string): readonly LockProblem[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: index + 1, content: line.trim() }));
  const said = lines.filter(({ content }) => content !== '' && !content.startsWith('#'));
  if (!said.some(({ content }) => content === '@EXPLICIT')) {
    const advice = 'make it with `conda list --explicit --sha256 > environment.lock`';
    return [{ line: 1, message: `expected an explicit lock, with the line @EXPLICIT: ${advice}` }];
  }
  return said
    .filter(({ content }) => content !== '@EXPLICIT' && !PACKAGE.test(content))
    .slice(0, 20)
    .map(({ line, content }) => {
      const found = content.replace(/\/\/[^/]*@/, '//…@').slice(0, 120);
      return { line, message: `expected \`https://…/<package>.conda#<sha256>\`, found \`${found}\`` };
    });
}
