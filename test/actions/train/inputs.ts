import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { readInputs } from '../../../actions/runtime/inputs.ts';
import { Inputs } from '../../../actions/train/interface.ts';

const Action = z.object({ inputs: z.record(z.string(), z.object({ default: z.string() })) });
const { inputs } = Action.parse(
  parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'actions', 'train', 'action.yml'), 'utf8')),
);

/** As the runner hands them over: what is given, and the defaults of action.yml. */
export function trainInputs(given: Readonly<Record<string, string>>): Inputs {
  return readInputs(Inputs, (name) => given[name] ?? inputs[name]?.default ?? '');
}
