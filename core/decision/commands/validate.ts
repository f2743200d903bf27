import type { ValidateCommand } from '../../commands/command.ts';
import type { DatasetName } from '../../names.ts';
import { entriesOf } from '../../records.ts';
import { suggestion } from '../../suggest.ts';
import { boundCommit } from '../commit.ts';
import { allow, type Context, listed, modelsFact, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { permitted } from '../permission.ts';
import { completePlan } from '../plan.ts';
import { dispatchable, notAFork, openPull } from '../pull.ts';
import type { ModelsFact } from '../request.ts';
import type { Deciding } from '../steps.ts';

/** Needs no ledger: the check of data is no record, and it can be made while promotion is frozen. */
export function* decideValidate(context: Context<ValidateCommand>): Deciding<AllowedDecision> {
  const { command } = context;
  yield* permitted(context);
  const pull = yield* openPull(context);
  yield* notAFork(context, pull, 'the data of forks is not read by jobs of this repository');
  yield* dispatchable(context, 'Data is checked with each push: push again, or run the workflow again.');
  const sha = yield* boundCommit(context, pull, command.sha);
  const plan = yield* completePlan(context);
  const models = yield* modelsFact(context);
  const datasets = command.datasets.length > 0 ? yield* named(context, models) : plan.datasets;
  if (datasets.length === 0)
    yield* refuse(context, {
      reason: 'nothing_to_validate',
      message: 'this pull request changes no dataset that has a contract; to check one all the same, name it',
      expected: 'a changed dataset with a contract',
      found: 'none',
    });
  const readers = [...models.usable].filter(([, { config }]) =>
    datasets.some((name) => Object.hasOwn(config.data, name)),
  );
  const grantedBy = yield* permitted(context, { models: readers.map(([name]) => name) });
  return allow(context, {
    action: { kind: 'validate', datasets },
    grantedBy,
    sha,
    effects: [`${listed(datasets, 20)} of ${sha.slice(0, 12)} ${datasets.length === 1 ? 'is' : 'are'} checked.`],
  });
}

function* named(context: Context<ValidateCommand>, { usable }: ModelsFact): Deciding<readonly DatasetName[]> {
  const known = new Set(
    [...usable.values()].flatMap(({ config }) =>
      entriesOf(config.data).flatMap(([name, { contract }]) => (contract === undefined ? [] : [name])),
    ),
  );
  const { datasets } = context.command;
  const unknown = datasets.find((name) => !known.has(name));
  if (unknown === undefined) return datasets;
  const names = [...known];
  return yield* refuse(context, {
    reason: 'unknown_dataset',
    message: `expected a dataset with a contract${names.length === 0 ? ', and there is none' : ` (${listed(names)})`}, got "${unknown}"${suggestion(unknown, names)}`,
    expected: names.length === 0 ? 'a dataset with a contract' : `one of ${listed(names)}`,
    found: unknown,
    example: names[0] === undefined ? null : `/validate ${names[0]}`,
  });
}
