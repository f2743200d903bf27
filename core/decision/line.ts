import type { Command, LockTarget, RunTarget } from '../commands/command.ts';

/** Longer than this, a line is no example any more. */
const MAX_LINE = 500;

/** The line that gives a command, as `parseComment` reads it; null where it would be too long to be shown. */
export function lineOf(command: Command): string | null {
  const line = [`/${command.name}`, ...wordsOf(command)].join(' ');
  return line.length > MAX_LINE ? null : line;
}

function wordsOf(command: Command): string[] {
  switch (command.name) {
    case 'train':
      return [
        ...command.models,
        ...command.set.flatMap(({ param, text }) => ['--set', quoted(`${param}=${text}`)]),
        ...(command.gpu === null ? [] : ['--gpu', command.gpu]),
        ...(command.engine === null ? [] : ['--engine', command.engine]),
        ...(command.resume === null ? [] : ['--resume', command.resume]),
        ...(command.force ? ['--force'] : []),
        ...at(command.sha),
      ];
    case 'validate':
      return [...command.datasets, ...at(command.sha)];
    case 'evaluate':
    case 'retry':
      return [...target(command.target), ...at(command.sha)];
    case 'cancel':
      return target(command.target);
    case 'status':
    case 'unhold':
      return [];
    case 'promote':
      return [`${command.model}${command.version === null ? '' : `@v${command.version}`}`, 'to', command.stage];
    case 'rollback':
      return [command.model, command.stage, ...(command.version === null ? [] : ['to', `v${command.version}`])];
    case 'hold':
      return [...lasting(command.expiresIn), ...reason(command.reason)];
    case 'lock':
      return [
        ...lockTarget(command.target),
        ...lasting(command.expiresIn),
        ...(command.keep ? ['--keep'] : []),
        ...reason(command.reason),
      ];
    case 'unlock':
      return lockTarget(command.target);
    case 'override': {
      const { model, metric } = command.gate;
      return [model === null ? metric : `${model}/${metric}`, ...reason(command.reason), ...at(command.sha)];
    }
    case 'ok-to-train':
      return [command.sha];
    case 'help':
      return command.topic === null ? [] : [command.topic];
  }
}

const at = (sha: string | null): string[] => (sha === null ? [] : [`@${sha}`]);

function target(of: RunTarget): string[] {
  switch (of.kind) {
    case 'only':
      return [];
    case 'all':
      return ['all'];
    case 'run':
      return [of.run];
    case 'model':
      return [of.model];
  }
}

const lockTarget = ({ kind, name }: LockTarget): string[] => [kind === 'any' ? name : `${kind}:${name}`];

const lasting = (seconds: number | null): string[] => (seconds === null ? [] : ['--for', duration(seconds)]);

function duration(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

const reason = (text: string): string[] => (text === '' ? [] : [quoted(text)]);

/** As the parser's quoting has it: nothing is special between single quotes. */
function quoted(word: string): string {
  if (/^[A-Za-z0-9_./:=+,%-]+$/.test(word) && !word.startsWith('-')) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
