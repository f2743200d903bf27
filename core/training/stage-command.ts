import type { StageOutputs } from '../fingerprint/manifest.ts';

/**
 * A stage's command with what hands its outputs over behind it, in the shell's own words: for machines on which no program
 * of ours knows of stages. What was not left is passed over, and what was left is as hostile as all output: both are
 * judged by whoever packs it.
 *
 * @param stage paths below the working directory
 */
export function stageCommand(command: string, stage: StageOutputs): string {
  const paths = stagePaths(stage);
  // As DVC does: what an earlier training left, and somebody committed, is not what this one leaves.
  const cleared = paths.map((path) => `rm -rf -- ${quoted(`./${path}`)}\n`).join('');
  // Of its own shell, so that neither a folder nor an end of the command is the end of this.
  return `${cleared}(\n${command}\n)\n${paths.map(handOver).join('')}`;
}

/** All that a stage leaves, each once. */
export function stagePaths({ outs, metrics, plots }: StageOutputs): readonly string[] {
  return [...new Set([...outs, ...metrics, ...plots])];
}

/** In words for its author. */
export function missingStageOutput(path: string): string {
  return `The command exited with 0 and left no ${path}, which its stage of dvc.yaml names: have it written there, or take it out of the stage.`.slice(
    0,
    900,
  );
}

function handOver(path: string): string {
  const from = quoted(`./${path}`);
  const to = `"$TRAINYARD_OUTPUT"/${quoted(path)}`;
  const folder = path.includes('/') ? `"$TRAINYARD_OUTPUT"/${quoted(path.slice(0, path.lastIndexOf('/')))}` : null;
  return [
    `if [ ! -e ${from} ]; then echo ${quoted(`The stage left no ${path}, which dvc.yaml names.`)} >&2`,
    `elif [ -d ${from} ] && [ ! -L ${from} ]; then mkdir -p ${to}; cp -RP ${from}/. ${to}`,
    `else ${folder === null ? '' : `mkdir -p ${folder}; `}cp -P ${from} ${to}; fi\n`,
  ].join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
