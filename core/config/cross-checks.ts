import { type DatasetLocation, datasetLocation, TABLE_OUTPUTS, tableOutput } from '../data/sources/dataset-location.ts';
import type { ModelName } from '../names.ts';
import { locationSyntaxProblem, prefixSyntaxProblem } from '../policy/locations.ts';
import { entriesOf } from '../records.ts';
import type { TrainingDataset } from './datasets.ts';
import { isOfDataset, isPattern, patternProblem } from './glob.ts';
import type { ParamSpec } from './params.ts';
import { paramProblem } from './params.ts';
import { isInside } from './paths.ts';
import { compilePattern } from './pattern.ts';
import { policyFindings } from './policy-checks.ts';
import type { Finding } from './problem.ts';
import type { Config, ModelConfig } from './schema.ts';

/** What the schema can't say because it takes two places of the file. */
export function crossChecks(config: Config): Finding[] {
  const findings = entriesOf(config.models).flatMap(([name, model]) => [
    ...paramFindings(name, model),
    ...gateFindings(name, model, config),
    ...holdoutFindings(name, model),
    ...stageFindings(name, model),
    ...smokeFindings(name, model),
    ...commandFindings(name, model),
  ]);
  return [
    ...findings,
    ...datasetFindings(config),
    ...locationFindings(config),
    ...pathFindings(config),
    ...policyFindings(config),
  ];
}

function commandFindings(name: ModelName, { train: { run, stage } }: ModelConfig): Finding[] {
  if ((run === undefined) !== (stage === undefined)) return [];
  const found = run === undefined ? 'neither' : 'both';
  const message = `expected run, the command that trains, or stage, a stage of dvc.yaml; found ${found}`;
  return [{ path: ['models', name, 'train'], at: 'key', message }];
}

/** What stands for a dataset in the trial must be one of the model's datasets, and come along with its inputs. */
function smokeFindings(name: ModelName, { inputs, data, train }: ModelConfig): Finding[] {
  return entriesOf(train.smoke?.data ?? {}).flatMap(([dataset, path]): Finding[] => {
    const at = ['models', name, 'train', 'smoke', 'data', dataset];
    if (data[dataset] === undefined) {
      return [
        { path: at, at: 'key', message: `expected a dataset of the model, got ${dataset}, which data does not name` },
      ];
    }
    if (inputs.some((input) => isInside(path, input))) return [];
    return [{ path: at, at: 'value', message: `${path} is not among the model’s inputs: add it there` }];
  });
}

/** Whether the default branch's policy allows the locations of a pull request is asked when it trains. */
function locationFindings({ models, policy }: Config): Finding[] {
  const ofPrefixes = policy.locations.flatMap((prefix, index): Finding[] => {
    const message = prefixSyntaxProblem(prefix);
    return message === null ? [] : [{ path: ['policy', 'locations', index], at: 'value', message }];
  });
  const ofData = entriesOf(models).flatMap(([model, { data }]) =>
    entriesOf(data).flatMap(([name, { location }]): Finding[] => {
      const message = location === undefined ? null : locationSyntaxProblem(location);
      return message === null ? [] : [{ path: ['models', model, 'data', name, 'location'], at: 'value', message }];
    }),
  );
  return [...ofPrefixes, ...ofData];
}

/** What a dataset's path may be, and which of its keys speak of a location. */
function pathFindings({ models }: Config): Finding[] {
  return entriesOf(models).flatMap(([model, { data }]) =>
    entriesOf(data).flatMap(([name, dataset]): Finding[] => {
      const path = ['models', model, 'data', name];
      const message = pathProblem(dataset);
      const version = versionProblem(dataset);
      const lost = (['sha256', 'version'] as const).filter((key) => dataset[key] !== undefined);
      return [
        ...(message === null ? [] : [{ path: [...path, 'path'], at: 'value' as const, message }]),
        ...(version === null ? [] : [{ path: [...path, 'version'], at: 'value' as const, message: version }]),
        ...(dataset.location !== undefined ? [] : lost).map((key) => {
          const pinned = 'data in the repository is pinned by git: only a dataset with a location has this key';
          return { path: [...path, key], at: 'key' as const, message: pinned };
        }),
      ];
    }),
  );
}

function pathProblem({ path, location }: TrainingDataset): string | null {
  if (path.endsWith('.dvc')) return `expected the path of the data itself (${path.slice(0, -4)}), got its pointer`;
  if (location !== undefined && isPattern(path))
    return 'expected the path at which training finds the data of the location, got a pattern';
  if (isTable(location) && tableOutput(path) === null)
    return `expected a path that ends in ${TABLE_OUTPUTS.map((end) => `.${end}`).join(' or ')}: the table is written there as one file`;
  if (kindOf(location) === 'query' && !path.endsWith('.jsonl'))
    return 'expected a path that ends in .jsonl: the result of the query is written there as JSON Lines';
  return patternProblem(path);
}

function versionProblem({ location, version }: TrainingDataset): string | null {
  if (version !== undefined && kindOf(location) === 'query')
    return 'a query has no version: ask the warehouse for one in the query itself';
  if (version === undefined || !isTable(location) || /^\d{1,20}$/.test(version)) return null;
  return 'expected the number of a table’s version or the id of its snapshot';
}

function isTable(location: string | undefined): boolean {
  const kind = kindOf(location);
  return kind === 'table' || kind === 'repository_table';
}

function kindOf(location: string | undefined): DatasetLocation['kind'] | null {
  return location === undefined ? null : datasetLocation(location).kind;
}

/** A dataset has one check, by its name: of two files under one name, one would never be validated. */
function datasetFindings(config: Config): Finding[] {
  const known = new Map<string, { readonly model: ModelName; readonly data: TrainingDataset }>();
  return entriesOf(config.models).flatMap(([model, { data: datasets }]) =>
    entriesOf(datasets).flatMap(([name, data]): Finding[] => {
      const first = known.get(name);
      if (first === undefined) known.set(name, { model, data });
      if (first === undefined || sameFiles(first.data, data)) return [];
      const message = `dataset "${name}" has another path, location, pin, profile or contract in model ${first.model}; a name stands for one of each, so choose another`;
      return [{ path: ['models', model, 'data', name], at: 'key', message }];
    }),
  );
}

function sameFiles(a: TrainingDataset, b: TrainingDataset): boolean {
  return (['path', 'contract', 'location', 'sha256', 'version', 'profile'] as const).every((key) => a[key] === b[key]);
}

function paramFindings(name: ModelName, model: ModelConfig): Finding[] {
  return entriesOf(model.train.params).flatMap(([param, spec]) => {
    const path = ['models', name, 'train', 'params', param];
    const range = rangeProblem(spec);
    if (range !== null) return [{ path: [...path, range.key], at: 'value' as const, message: range.message }];
    const problem = paramProblem(spec, spec.default);
    return problem === null
      ? []
      : [{ path: [...path, 'default'], at: 'value' as const, message: `the default is refused: ${problem}` }];
  });
}

function rangeProblem(spec: ParamSpec): { key: string; message: string } | null {
  if (
    (spec.type === 'number' || spec.type === 'integer') &&
    spec.min !== undefined &&
    spec.max !== undefined &&
    spec.min > spec.max
  ) {
    return { key: 'min', message: `min ${spec.min} is above max ${spec.max}` };
  }
  if (spec.type !== 'string' || spec.pattern === undefined) return null;
  const pattern = compilePattern(spec.pattern);
  return pattern.ok ? null : { key: 'pattern', message: `the pattern can't be used: ${pattern.reason}` };
}

function gateFindings(name: ModelName, model: ModelConfig, config: Config): Finding[] {
  const findings = entriesOf(model.gates).flatMap(([metric, gate]): Finding[] => {
    const path = ['models', name, 'gates', metric];
    if (gate.min !== undefined && gate.max !== undefined && gate.min > gate.max) {
      return [
        {
          path: [...path, 'min'],
          at: 'value',
          message: `min ${gate.min} is above max ${gate.max}: no model could pass`,
        },
      ];
    }
    const stages: readonly string[] = model.promote.stages;
    if (gate.versus === undefined || gate.versus === 'base' || stages.includes(gate.versus)) return [];
    const message = `versus names "${gate.versus}", which is not among promote.stages (${stages.join(', ')}); use one of them or "base"`;
    return [{ path: [...path, 'versus'], at: 'value', message }];
  });
  const gated = entriesOf(model.gates).length > 0;
  if (gated && model.evaluate === undefined && config.policy.metrics !== 'self-reported') {
    const message =
      'gates need an evaluator: add evaluate (predict, run, inputs, data), or let training judge itself with policy.metrics: self-reported';
    findings.push({ path: ['models', name, 'gates'], at: 'key', message });
  }
  return findings;
}

/** Invariant 5: gates read what was measured on data that training never saw. */
function holdoutFindings(name: ModelName, model: ModelConfig): Finding[] {
  const readable = [...model.inputs, ...entriesOf(model.data).map(([, data]) => data.path)];
  if (model.train.setup !== undefined) readable.push(model.train.setup);
  return entriesOf(model.evaluate?.data ?? {}).flatMap(([dataset, holdout]): Finding[] => {
    const seen = readable.find((path) => isOfDataset(holdout.path, path) || isInside(path, holdout.path));
    if (seen === undefined) return [];
    const message = `the holdout ${holdout.path} would be seen by training, since ${seen} is among the model's inputs; keep it outside of them`;
    return [{ path: ['models', name, 'evaluate', 'data', dataset, 'path'], at: 'value', message }];
  });
}

function stageFindings(name: ModelName, model: ModelConfig): Finding[] {
  return model.promote.stages.flatMap((stage, index): Finding[] =>
    model.promote.stages.indexOf(stage) === index
      ? []
      : [
          {
            path: ['models', name, 'promote', 'stages', index],
            at: 'value',
            message: `stage "${stage}" is listed twice`,
          },
        ],
  );
}
