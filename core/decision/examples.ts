import type { Command, CommandName } from '../commands/command.ts';
import { parseComment } from '../commands/parse.ts';
import { renderCommand } from '../commands/render.ts';
import type { ModelConfig } from '../config/schema.ts';
import type { EffectiveModel } from '../policy/effective.ts';
import { entriesOf, keysOf } from '../records.ts';
import type { DecisionRequest } from './request.ts';

/**
 * A line of a command that works in this repository: with its own models, parameters, stages and runs, as far as they
 * are known. null where it has nothing to name.
 */
export function exampleOf(name: CommandName, request: DecisionRequest): string | null {
  const { base, facts } = request;
  const models = base?.kind === 'config' ? entriesOf(base.config.models) : [];
  const [model, config] = models[0] ?? [];
  switch (name) {
    case 'help':
    case 'status':
    case 'unhold':
    case 'retry':
      return `/${name}`;
    case 'hold':
      return '/hold wait for the new labels';
    case 'cancel':
      return '/cancel all';
    case 'train':
      return model === undefined || config === undefined ? '/train' : trainExample({ name: model, config });
    case 'validate':
      return `/validate${dataset(request)}`;
    case 'evaluate':
      return model === undefined ? null : `/evaluate ${model}`;
    case 'promote':
    case 'rollback':
    case 'lock':
    case 'unlock': {
      const stage = config?.promote.stages[0];
      if (model === undefined || stage === undefined) return null;
      if (name === 'promote') return `/promote ${model} to ${stage}`;
      if (name === 'rollback') return `/rollback ${model} ${stage}`;
      return name === 'lock' ? `/lock stage:${stage} wait for the new labels` : `/unlock stage:${stage}`;
    }
    case 'override': {
      const metric = config === undefined ? undefined : keysOf(config.gates)[0];
      return metric === undefined ? null : `/override ${model}/${metric} accepted for the pilot`;
    }
    case 'ok-to-train':
      return facts.pull === undefined ? null : `/ok-to-train ${facts.pull.head.sha}`;
  }
}

export function trainExample({ name, config }: Pick<EffectiveModel, 'name' | 'config'>): string {
  return `/train ${name}${setting(config)}`;
}

/** ` --set epochs=10`, or nothing where the model has no parameter. */
function setting({ train }: ModelConfig): string {
  const [param, spec] = entriesOf(train.params)[0] ?? [];
  if (param === undefined || spec === undefined) return '';
  const text = String(spec.default);
  // What would have to be quoted makes a poor example.
  return /^[A-Za-z0-9_.+-]+$/.test(text) ? ` --set ${param}=${text}` : '';
}

function dataset({ base }: DecisionRequest): string {
  const models = base?.kind === 'config' ? Object.values(base.config.models) : [];
  const checked = models.flatMap(({ data }) =>
    entriesOf(data).flatMap(([name, { contract }]) => (contract === undefined ? [] : [name])),
  );
  return checked[0] === undefined ? '' : ` ${checked[0]}`;
}

/** Longer than this, a line is no example any more. */
const MAX_LINE = 500;

/** A command as a line that gives it; null where it would be too long to be shown. */
export function lineOf(command: Command): string | null {
  const line = renderCommand(command);
  return line.length > MAX_LINE ? null : line;
}

/** The command with the whole id of the commit that it should name. */
export function withSha(command: Command, sha: string): string | null {
  return 'sha' in command ? lineOf({ ...command, sha }) : null;
}

/** In place of the example of a usage, one of the same command with the names of this repository, where they are known. */
export function exampleLike(example: string | null, request: DecisionRequest): string | null {
  if (example === null || request.base?.kind !== 'config') return example;
  const [line] = parseComment(example);
  return line?.kind === 'command' ? (exampleOf(line.command.name, request) ?? example) : example;
}
