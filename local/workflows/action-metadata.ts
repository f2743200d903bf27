import { parse } from 'yaml';
import { z } from 'zod';
import { WorkflowError } from './errors.ts';
import { anyValue, readSteps } from './load-steps.ts';
import type { Value } from './values.ts';
import type { Step } from './workflow.ts';

const inputsSchema = z
  .record(z.string(), z.looseObject({ required: anyValue.optional(), default: anyValue.optional() }).nullable())
  .nullish();

const metadataSchema = z.looseObject({
  name: z.coerce.string().optional(),
  inputs: inputsSchema,
  outputs: z.record(z.string(), z.looseObject({ value: anyValue.optional() }).nullable()).nullish(),
  runs: z.looseObject({
    using: z.string(),
    main: z.string().optional(),
    pre: z.string().optional(),
    'pre-if': z.coerce.string().optional(),
    post: z.string().optional(),
    'post-if': z.coerce.string().optional(),
    steps: z.array(z.unknown()).optional(),
  }),
});

interface ActionCommon {
  readonly name: string;
  /** Input name → default, null without one. */
  readonly inputs: ReadonlyMap<string, Value>;
}

export interface NodeAction extends ActionCommon {
  readonly kind: 'node';
  readonly main: string;
  readonly pre?: string;
  readonly preIf: string;
  readonly post?: string;
  readonly postIf: string;
}

export interface CompositeAction extends ActionCommon {
  readonly kind: 'composite';
  readonly steps: readonly Step[];
  /** Output name → its template. */
  readonly outputs: ReadonlyMap<string, Value>;
}

export type ActionMetadata = NodeAction | CompositeAction;

/**
 * Reads an `action.yml`.
 * @param where what messages call it.
 * @throws WorkflowError `invalid_action`, or `not_supported` for a runtime that the local GitHub lacks.
 */
export function readAction(content: string, where: string): ActionMetadata {
  const parsed = metadataSchema.safeParse(parseYaml(content, where));
  if (!parsed.success) throw new WorkflowError('invalid_action', `${where}: ${z.prettifyError(parsed.error)}`);
  const { runs, ...raw } = parsed.data;
  const common = {
    name: raw.name ?? where,
    inputs: new Map(Object.entries(raw.inputs ?? {}).map(([name, input]) => [name, input?.default ?? null])),
  };
  switch (runs.using) {
    case 'node24':
      return { kind: 'node', ...common, ...nodeEntries(runs, where) };
    case 'composite':
      return {
        kind: 'composite',
        ...common,
        steps: readSteps(runs.steps ?? [], where),
        outputs: new Map(Object.entries(raw.outputs ?? {}).map(([name, output]) => [name, output?.value ?? null])),
      };
    default:
      throw new WorkflowError(
        'not_supported',
        `${where}: the local GitHub does not run actions that use \`${runs.using}\`; expected node24 or composite`,
      );
  }
}

function parseYaml(content: string, where: string): unknown {
  try {
    return parse(content, { version: '1.2', maxAliasCount: 100 });
  } catch (error) {
    throw new WorkflowError('invalid_action', `${where}: expected YAML`, { cause: error });
  }
}

type Runs = z.infer<typeof metadataSchema>['runs'];

function nodeEntries(runs: Runs, where: string): Omit<NodeAction, 'kind' | 'name' | 'inputs'> {
  if (runs.main === undefined) throw new WorkflowError('invalid_action', `${where}: expected \`runs.main\``);
  return {
    main: runs.main,
    ...(runs.pre === undefined ? {} : { pre: runs.pre }),
    preIf: runs['pre-if'] ?? 'always()',
    ...(runs.post === undefined ? {} : { post: runs.post }),
    postIf: runs['post-if'] ?? 'always()',
  };
}
