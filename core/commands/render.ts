import type { Command, LockTarget, RunTarget } from './command.ts';
import { releasesElsewhere } from './free-text.ts';
import { quoteWord } from './tokens.ts';

/**
 * A line that `parseComment` reads as this very command. For examples and records: what the author typed may have been
 * another line.
 */
export function renderCommand(command: Command): string {
  return [`/${command.name}`, ...words(command)].join(' ');
}

function words(command: Command): readonly string[] {
  switch (command.name) {
    case 'train':
      return [
        ...command.models,
        ...command.set.flatMap(({ param, text }) => ['--set', setting(param, text)]),
        ...flag('--gpu', command.gpu),
        ...flag('--engine', command.engine),
        ...flag('--resume', command.resume),
        ...flag('--repro', command.repro),
        ...(command.force ? ['--force'] : []),
        ...commit(command.sha),
      ];
    case 'validate':
      return [...command.datasets, ...commit(command.sha)];
    case 'evaluate':
    case 'retry':
      return [...target(command.target), ...commit(command.sha)];
    case 'cancel':
      return target(command.target);
    case 'promote':
      return [`${command.model}${command.version === null ? '' : `@v${command.version}`}`, 'to', command.stage];
    case 'rollback':
      return [command.model, command.stage, ...(command.version === null ? [] : ['to', `v${command.version}`])];
    case 'hold':
      return [...reason(command.reason), ...expiry(command.expiresIn)];
    case 'lock':
      return [
        lockTarget(command.target),
        ...reason(command.reason),
        ...expiry(command.expiresIn),
        ...(command.keep ? ['--keep'] : []),
      ];
    case 'unlock':
      return [lockTarget(command.target)];
    case 'override': {
      const { model, metric } = command.gate;
      return [model === null ? metric : `${model}/${metric}`, ...reason(command.reason), ...commit(command.sha)];
    }
    case 'ok-to-train':
      return [command.sha];
    case 'help':
      return command.topic === null ? [] : [command.topic];
    case 'status':
    case 'unhold':
      return [];
  }
}

/** The name and its `=` stay bare where they can, since that is how people write them. */
function setting(param: string, text: string): string {
  return text === '' ? quoteWord(`${param}=`) : `${quoteWord(`${param}=`)}${quoteWord(text)}`;
}

function flag(name: string, value: string | null): readonly string[] {
  return value === null ? [] : [name, value];
}

function commit(sha: string | null): readonly string[] {
  return sha === null ? [] : [`@${sha}`];
}

function target(of: RunTarget): readonly string[] {
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

function lockTarget({ kind, name }: LockTarget): string {
  return kind === 'any' ? name : `${kind}:${name}`;
}

/** Plain words stay plain; anything else is one word in quotes, which is read as it stands. */
function reason(text: string): readonly string[] {
  if (text === '') return [];
  const plain = /^[A-Za-z0-9 ,.:;()#+_-]+$/.test(text) && !/(?:^| )-/.test(text) && !releasesElsewhere(text);
  return [plain ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`];
}

function expiry(seconds: number | null): readonly string[] {
  if (seconds === null) return [];
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const;
  const [unit, size] = units.find(([, size]) => seconds % size === 0) ?? ['s', 1];
  return ['--for', `${seconds / size}${unit}`];
}

/** Text to copy: shown as code, it holds none of the invisible characters that keep GitHub from linking prose. */
export function copied(line: string): string {
  return line.includes('`') ? line : `\`${line}\``;
}
