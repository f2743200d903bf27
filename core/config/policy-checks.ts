import { hourlyPrice } from '../policy/budget.ts';
import { minutesOf } from '../policy/freeze-window.ts';
import { machinesProblem } from '../policy/machines.ts';
import { isTimezone } from '../policy/wall-clock.ts';
import { entriesOf, keysOf } from '../records.ts';
import { suggestion } from '../suggest.ts';
import { RULES } from '../verification/rules.ts';
import type { FreezeWindow, Permission } from './policy.ts';
import type { Finding } from './problem.ts';
import type { Money } from './quantities.ts';
import type { Config } from './schema.ts';

/** What `policy` says about things that other parts of the file declare, and what its own parts say of one another. */
export function policyFindings(config: Config): Finding[] {
  return [
    ...permissionFindings(config),
    ...config.policy.freeze.flatMap((window, index) => freezeFindings(window, index, config)),
    ...currencyFindings(config),
    ...gpuFindings(config),
    ...engineFindings(config),
    ...machineFindings(config),
    ...storeFindings(config),
    ...priceFindings(config),
    ...waiverFindings(config),
  ];
}

type Path = Finding['path'];
const atKey = (path: Path, message: string): Finding => ({ path, at: 'key', message });
const atValue = (path: Path, message: string): Finding => ({ path, at: 'value', message });

function stagesOf(config: Config): string[] {
  return [...new Set(entriesOf(config.models).flatMap(([, { promote }]) => [...promote.stages]))];
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const listed = known.length === 0 ? 'there is none' : `expected one of ${known.join(', ')}`;
  return `no model has the ${what} "${name}"${suggestion(name, known) || `; ${listed}`}`;
}

/** A rule for what isn't there guards nothing, and whoever misspelt it believes that it does. */
function permissionFindings(config: Config): Finding[] {
  const stages = stagesOf(config);
  const models: readonly string[] = keysOf(config.models);
  const rules: readonly (readonly [string, Permission | undefined])[] = Object.entries(config.policy.commands);
  return rules.flatMap(([command, permission]) => {
    if (permission === undefined) return [];
    const path = ['policy', 'commands', command];
    const ofModels = keysOf(permission.models)
      .filter((name) => !models.includes(name))
      .map((name) => atKey([...path, 'models', name], `no model "${name}"${suggestion(name, models)}`));
    const ofStages = keysOf(permission.stages).flatMap((name) => {
      const at = [...path, 'stages', name];
      if (!hasStage(command)) return [atKey(at, `${command} is about no stage, so a rule for one would guard nothing`)];
      return stages.includes(name) ? [] : [atKey(at, unknown('stage', name, stages))];
    });
    return [...ofModels, ...ofStages];
  });
}

function hasStage(command: string): boolean {
  return ['promote', 'rollback', 'lock', 'unlock'].includes(command);
}

function freezeFindings(window: FreezeWindow, index: number, config: Config): Finding[] {
  const path = ['policy', 'freeze', index];
  const known = stagesOf(config);
  const findings = (window.stages ?? []).flatMap((stage, at) =>
    known.includes(stage) ? [] : [atValue([...path, 'stages', at], unknown('stage', stage, known))],
  );
  if (!('days' in window)) {
    if (Date.parse(window.from) >= Date.parse(window.to))
      findings.push(atValue([...path, 'to'], `expected a moment after ${window.from}, got ${window.to}`));
    return findings;
  }
  if (!isTimezone(window.timezone)) {
    const message = `expected a name of the time zone database such as Europe/Berlin, got "${window.timezone}"`;
    findings.push(atValue([...path, 'timezone'], message));
  }
  if (minutesOf(window.from) === 24 * 60)
    findings.push(atValue([...path, 'from'], 'expected a time before 24:00: write 00:00 of the day after'));
  if (window.from === window.to)
    findings.push(
      atValue([...path, 'to'], `expected another time than from (${window.from}): this window has no length`),
    );
  return findings;
}

function currencyFindings({ policy }: Config): Finding[] {
  const amounts: { readonly path: Path; readonly money: Money | undefined }[] = [
    { path: ['policy', 'prices', 'cpu'], money: policy.prices.cpu },
    ...entriesOf(policy.prices.gpus).map(([gpu, money]) => ({ path: ['policy', 'prices', 'gpus', gpu], money })),
    ...(['per_run', 'per_pull_request', 'per_user_month', 'per_month'] as const).map((name) => ({
      path: ['policy', 'budget', name],
      money: policy.budget[name],
    })),
  ];
  const currency = amounts.find(({ money }) => money !== undefined)?.money?.currency;
  return amounts.flatMap(({ path, money }) =>
    money === undefined || money.currency === currency
      ? []
      : [
          atValue(
            path,
            `expected ${currency} as in the other prices and budgets, which are summed, got ${money.currency}`,
          ),
        ],
  );
}

function gpuFindings({ policy, models }: Config): Finding[] {
  const { gpus } = policy;
  const message = (gpu: string): string =>
    `policy.gpus does not name "${gpu}"${suggestion(gpu, gpus) || `: it names ${gpus.join(', ') || 'no GPU type'}`}`;
  const stray = (path: Path, names: readonly string[]): Finding[] =>
    names.filter((gpu) => !gpus.includes(gpu)).map((gpu) => atKey([...path, gpu], message(gpu)));
  return [
    ...stray(['policy', 'runners', 'gpus'], keysOf(policy.runners.gpus)),
    ...stray(['policy', 'prices', 'gpus'], keysOf(policy.prices.gpus)),
    ...entriesOf(models).flatMap(([name, { train }]) => {
      const { gpu } = train.resources;
      const path = ['models', name, 'train', 'resources', 'gpu'];
      return gpu === undefined || gpus.includes(gpu) ? [] : [atValue(path, message(gpu))];
    }),
  ];
}

function engineFindings({ policy, models }: Config): Finding[] {
  return entriesOf(models).flatMap(([name, { train }]) =>
    policy.engines.includes(train.engine)
      ? []
      : [
          atValue(
            ['models', name, 'train', 'engine'],
            `expected an engine that policy.engines names (${policy.engines.join(', ')}), got "${train.engine}"`,
          ),
        ],
  );
}

function machineFindings({ models }: Config): Finding[] {
  return entriesOf(models).flatMap(([name, { train }]) => {
    const problem = machinesProblem(train.engine, train.resources);
    return problem === null ? [] : [atValue(['models', name, 'train', 'resources', 'nodes'], problem)];
  });
}

/** What an engine beyond GitHub's jobs trains is handed over through the store, and through nothing else. */
function storeFindings({ policy }: Config): Finding[] {
  if (policy.store !== undefined) return [];
  return policy.engines.flatMap((name, index) =>
    name === 'runner'
      ? []
      : [atValue(['policy', 'engines', index], `${name} needs a store for outputs and checkpoints: add policy.store`)],
  );
}

/** With a budget, what has no price could never be trained. */
function priceFindings({ policy, models }: Config): Finding[] {
  if (Object.values(policy.budget).every((limit) => limit === undefined)) return [];
  const priceless = policy.gpus.flatMap((gpu, index) =>
    Object.hasOwn(policy.prices.gpus, gpu)
      ? []
      : [atValue(['policy', 'gpus', index], `policy.budget needs a price of an hour: add policy.prices.gpus.${gpu}`)],
  );
  const ofModels = entriesOf(models).flatMap(([name, { train }]): Finding[] => {
    const { resources } = train;
    if (hourlyPrice(policy, resources) !== null) return [];
    if (resources.gpu !== undefined) return [];
    if (resources.gpus > 0) {
      const message = 'policy.budget needs a price of an hour: say which GPU with resources.gpu';
      return [atValue(['models', name, 'train', 'resources', 'gpus'], message)];
    }
    const message = `a budget needs a price of an hour: add policy.prices.cpu, since model ${name} trains without a GPU`;
    return [atKey(['policy', 'budget'], message)];
  });
  const [cpu] = ofModels.filter(({ path }) => path[0] === 'policy');
  return [...priceless, ...ofModels.filter(({ path }) => path[0] !== 'policy'), ...(cpu === undefined ? [] : [cpu])];
}

/** A waiver of no rule waives nothing, and whoever misspelt it believes that it does. */
function waiverFindings({ policy: { scan } }: Config): Finding[] {
  return (scan?.waivers ?? []).flatMap(({ rule }, index) =>
    RULES.has(rule)
      ? []
      : [
          atValue(
            ['policy', 'scan', 'waivers', index, 'rule'],
            `the scan has no rule "${rule}"${suggestion(rule, [...RULES.keys()])}`,
          ),
        ],
  );
}
