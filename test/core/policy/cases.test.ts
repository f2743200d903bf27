import { expect, test } from 'vitest';
import { compareContracts } from '../../../core/data/compare-contracts.ts';
import { CASES, type CaseName, CHANGE_TABLE } from '../../../core/policy/change-table.ts';
import { changesPolicy, policyChanges } from '../../../core/policy/changes.ts';
import { policyDigest } from '../../../core/policy/digest.ts';
import { defaultsOf, effectiveModel } from '../../../core/policy/effective.ts';
import { allPolicyPaths, fileIds } from '../../../core/policy/files.ts';
import { contract } from '../data/contract-samples.ts';
import { CONFIG_TEXT, changedConfig, changedText, configOf, effectiveOf, MODEL, treeOf } from '../samples.ts';

const base = configOf(CONFIG_TEXT);
const files = fileIds(allPolicyPaths(base), treeOf());
const withGate = (min: string) => changedConfig(['min: 0.7', `min: ${min}`]);
const stateOf = (config: typeof base) => ({ config, files });

/** One for each row of the table: the sentence that the docs print is what this shows. */
const PROOFS: Readonly<Record<CaseName, () => void>> = {
  loosened_contract: () => {
    const [strict, loose] = [true, false].map((required) => contract(`- { name: late, required: ${required} }`));
    if (strict === undefined || loose === undefined) throw new Error('two contracts were made');
    expect(compareContracts(strict, loose)).not.toEqual([]);
    expect(compareContracts(loose, strict)).toEqual([]);
  },
  lowered_twice: () => {
    const [first, second] = [withGate('0.6'), withGate('0.5')];
    expect(effectiveOf(first, second).config.gates).toEqual(first.models[MODEL]?.gates);
    expect(changesPolicy(policyChanges(stateOf(base), stateOf(first)))).toBe(true);
    expect(changesPolicy(policyChanges(stateOf(first), stateOf(second)))).toBe(true);
    const digests = [base, first, second].map((config) => policyDigest(config, MODEL, files));
    expect(new Set(digests).size).toBe(3);
  },
  lowered_elsewhere: () => {
    expect(policyDigest(withGate('0.6'), MODEL, files)).not.toBe(policyDigest(base, MODEL, files));
  },
  policy_in_queue: () => {
    // The group is [lower the gate, retrain]: its tree has the second's inputs and the first's gate.
    const group = changedConfig(['min: 0.7', 'min: 0.1'], ['seed: 7', 'seed: 8']);
    expect(effectiveOf(base, group).config.gates).toEqual(base.models[MODEL]?.gates);
    expect(changesPolicy(policyChanges(stateOf(base), stateOf(group)))).toBe(true);
  },
  laxer_branch: () => {
    const lax = changedConfig(['min: 0.7', 'min: 0'], ['policy:', 'policy:\n  sandbox: none']);
    const head = changedConfig(['min: 0.7', 'min: 0'], ['policy:', 'policy:\n  sandbox: none'], ['seed: 7', 'seed: 8']);
    const effective = effectiveOf(base, head);
    expect([effective.config.gates, effective.policy]).toEqual([base.models[MODEL]?.gates, base.policy]);
    expect(effective.config.train.seed).toBe(8);
    expect(changesPolicy(policyChanges(stateOf(base), stateOf(head)))).toBe(true);
    expect(policyChanges(stateOf(lax), stateOf(head))).toEqual([]);
  },
  wider_default: () => {
    const head = changedConfig(['max: 1, default: 0.1', 'max: 5, default: 4']);
    expect(effectiveModel(base, head, MODEL)).toMatchObject({
      kind: 'invalid',
      problems: [{ key: 'train.params.learning_rate.default' }],
    });
  },
  new_parameter: () => {
    const model = effectiveOf(
      base,
      changedConfig(['shuffle:', 'fresh: { type: boolean, default: true }\n        shuffle:']),
    );
    expect(Object.keys(model.config.train.params)).not.toContain('fresh');
    expect(defaultsOf(model)).toMatchObject({ fresh: true });
  },
  own_rule: () => {
    const grab =
      'policy:\n  commands: { train: read, promote: read }\n  gpus: [h100]\n  runners: { default: production }\n  locations: ["s3://mallory"]\n  prices: { cpu: 1 USD, gpus: { h100: 1 USD } }\n  budget: { per_run: 9000 USD }';
    const effective = effectiveOf(base, configOf(changedText(['policy:', grab])));
    expect(effective.policy).toEqual(base.policy);
  },
};

test.each(Object.keys(CASES) as CaseName[])('%s', (name) => {
  PROOFS[name]();
});

test('every kind of change but what is only shown holds up promotion', () => {
  const shown = Object.entries(CHANGE_TABLE).flatMap(([kind, { effect }]) => (effect === 'notice' ? [kind] : []));
  expect(shown).toEqual(['narrowed_inputs', 'moved_data']);
});
