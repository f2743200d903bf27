import type { StageOutputs } from '../fingerprint/manifest.ts';

/**
 * A stage's command with what hands its outputs over behind it, in the shell's own words: for machines on which no program
 * of ours knows of stages. What was left is as hostile as all output, and judged by whoever packs it.
 *
 * @param stage paths below the working directory
 */
export function stageCommand(command: string, { outs, metrics, plots }: StageOutputs): string {
  const paths = [...new Set([...outs, ...metrics, ...plots])];
  // Of its own shell, so that neither a folder nor an end of the command is the end of this.
  return `(\n${command}\n)\n${paths.map(handOver).join('')}`;
}

function handOver(path: string): string {
  const from = quoted(`./${path}`);
  const to = `"$TRAINYARD_OUTPUT"/${quoted(path)}`;
  const folder = path.includes('/') ? `"$TRAINYARD_OUTPUT"/${quoted(path.slice(0, path.lastIndexOf('/')))}` : null;
  return [
    `if [ ! -e ${from} ]; then echo ${quoted(`The stage left no ${path}, which dvc.yaml names.`)} >&2; exit 1; fi`,
    `if [ -d ${from} ] && [ ! -L ${from} ]; then mkdir -p ${to}; cp -RP ${from}/. ${to}`,
    `else ${folder === null ? '' : `mkdir -p ${folder}; `}cp -P ${from} ${to}; fi\n`,
  ].join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
