import fc from 'fast-check';
import type { Command, LockTarget, RunTarget } from '../../../core/commands/command.ts';
import { COMMAND_NAMES } from '../../../core/commands/registry.ts';
import { invisibleIn } from '../../../core/commands/tokens.ts';
import { Duration } from '../../../core/config/quantities.ts';
import { DatasetName, MetricName, ModelName, RunId, StageName, Version } from '../../../core/names.ts';
import { RUN } from './reading.ts';

/** Pieces that mean something to the grammar or to Markdown, in any order. */
export const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        ...COMMAND_NAMES.map((name) => `/${name}`),
        ...['--set', '--for', '--keep', '--gpu', '--force', '--', '-', '=', ' ', ' ', '\t', '\n', '\n', '\r', '\r\n'],
        ...['"', "'", '\\', '@abcdef1', '`', '```', '~~~', '<', '>', '<!--', '-->', '> ', '- ', '1. ', '# ', '| --- |'],
        ...['to', 'all', 'stage:', 'm', '0', '1.2.0', '\u200b', '\u00a0', '\u2028', '／', '\ud83d', '😀', '$(id)'],
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
);

/** Text that a line can hold: what can't be seen is refused. */
const visible = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => invisibleIn(text) === null);
const model = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/).map((text) => ModelName.parse(text));
const stage = model.map((text) => StageName.parse(text));
const dataset = fc.stringMatching(/^[a-z]([a-z0-9_]{0,10}[a-z0-9])?$/).map((text) => DatasetName.parse(text));
const metric = fc.stringMatching(/^[A-Za-z]([A-Za-z0-9_@.-]{0,10}[A-Za-z0-9])?$/).map((text) => MetricName.parse(text));
const number = fc.integer({ min: 0, max: 99 });
const version = fc.tuple(number, number, number).map((parts) => Version.parse(parts.join('.')));
const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/);
const sha = fc.stringMatching(/^[0-9a-f]{7,64}$/);
const run = fc.constant(RunId.parse(RUN));
const reason = visible.map((text) => text.replace(/ +/g, ' ').trim());
const expiresIn = fc.option(
  fc.constantFrom('1s', '90s', '15m', '90m', '2h', '36h', '365d').map((text) => Duration.parse(text)),
);
const settings = fc.uniqueArray(
  fc.record({
    param: fc.stringMatching(/^[^\s=-][^\s=]{0,10}$/).filter((text) => invisibleIn(text) === null),
    text: visible,
  }),
  { selector: ({ param }) => param, maxLength: 4 },
);
const target: fc.Arbitrary<RunTarget> = fc.oneof(
  fc.constant<RunTarget>({ kind: 'only' }),
  fc.constant<RunTarget>({ kind: 'all' }),
  run.map((of): RunTarget => ({ kind: 'run', run: of })),
  model.filter((text) => text !== 'all').map((of): RunTarget => ({ kind: 'model', model: of })),
);
const lockTarget: fc.Arbitrary<LockTarget> = fc.record({
  kind: fc.constantFrom('any', 'stage', 'model'),
  name: model.map((text): string => text),
});

/** Any command that can be typed. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    name: fc.constant('train' as const),
    models: fc.uniqueArray(model, { maxLength: 3 }),
    set: settings,
    gpu: fc.option(name),
    engine: fc.option(name),
    repro: fc.constant(null),
    resume: fc.option(run),
    force: fc.boolean(),
    sha: fc.option(sha),
  }),
  run.map(
    (repro): Command => ({
      ...{ name: 'train', models: [], set: [], gpu: null, engine: null, resume: null, force: false, sha: null },
      repro,
    }),
  ),
  fc.record({
    name: fc.constant('validate' as const),
    datasets: fc.uniqueArray(dataset, { maxLength: 3 }),
    sha: fc.option(sha),
  }),
  fc.record({ name: fc.constantFrom('evaluate' as const, 'retry' as const), target, sha: fc.option(sha) }),
  fc.record({ name: fc.constant('cancel' as const), target }),
  fc.record({ name: fc.constantFrom('status' as const, 'unhold' as const) }),
  fc.record({
    name: fc.constantFrom('promote' as const, 'rollback' as const),
    model,
    version: fc.option(version),
    stage,
  }),
  fc.record({ name: fc.constant('hold' as const), reason, expiresIn }),
  fc.record({ name: fc.constant('lock' as const), target: lockTarget, reason, expiresIn, keep: fc.boolean() }),
  fc.record({ name: fc.constant('unlock' as const), target: lockTarget }),
  fc.record({
    name: fc.constant('override' as const),
    gate: fc.record({ model: fc.option(model), metric }),
    reason: reason.filter((text) => text !== ''),
    sha: fc.option(sha),
  }),
  fc.record({ name: fc.constant('ok-to-train' as const), sha }),
  fc.record({ name: fc.constant('help' as const), topic: fc.option(fc.constantFrom(...COMMAND_NAMES)) }),
);
