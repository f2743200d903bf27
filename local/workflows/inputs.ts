import { WorkflowError } from './errors.ts';
import { interpolate, type Scope } from './expression.ts';
import { isMap, toText, type Value, type ValueMap } from './values.ts';
import { MAX_DISPATCH_INPUTS, type Workflow } from './workflow.ts';

interface InputDeclaration {
  readonly type: string;
  readonly required: boolean;
  readonly default: Value | undefined;
  readonly options: readonly string[];
}

function declarations(workflow: Workflow, event: 'workflow_dispatch' | 'workflow_call'): Map<string, InputDeclaration> {
  const inputs = workflow.on[event]?.['inputs'];
  const declared = new Map<string, InputDeclaration>();
  if (!isMap(inputs)) return declared;
  for (const [name, raw] of Object.entries(inputs)) {
    const input = isMap(raw) ? raw : {};
    const options = input['options'];
    declared.set(name, {
      type: typeof input['type'] === 'string' ? input['type'] : 'string',
      required: input['required'] === true,
      default: input['default'],
      options: Array.isArray(options) ? options.map((option: Value) => toText(option)) : [],
    });
  }
  return declared;
}

export interface DispatchInputs {
  /** For the `inputs` context: booleans and numbers are such. */
  readonly typed: ValueMap;
  /** For `github.event.inputs`: all are text. */
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * Checks what a dispatch brings against what the workflow declares, and fills in defaults.
 * @throws WorkflowError `invalid_input` in the words of GitHub's 422.
 */
export function readDispatchInputs(workflow: Workflow, given: Readonly<Record<string, unknown>>): DispatchInputs {
  if (workflow.on['workflow_dispatch'] === undefined) {
    throw new WorkflowError('invalid_input', "Workflow does not have 'workflow_dispatch' trigger");
  }
  const declared = declarations(workflow, 'workflow_dispatch');
  if (declared.size > MAX_DISPATCH_INPUTS || Object.keys(given).length > MAX_DISPATCH_INPUTS) {
    throw new WorkflowError(
      'invalid_input',
      `you may only define up to ${MAX_DISPATCH_INPUTS} \`inputs\` for a \`workflow_dispatch\` event`,
    );
  }
  const unexpected = Object.keys(given).filter((name) => !declared.has(name));
  if (unexpected.length > 0)
    throw new WorkflowError('invalid_input', `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const typed: Record<string, Value> = {};
  const texts: Record<string, string> = {};
  for (const [name, input] of declared) {
    const value = given[name] ?? input.default ?? (input.type === 'choice' ? input.options[0] : undefined);
    if (value === undefined || value === '') {
      if (input.required) throw new WorkflowError('invalid_input', `Required input '${name}' not provided`);
    }
    const text = value === undefined ? emptyOf(input.type) : readText(name, value);
    texts[name] = text;
    typed[name] = typedInput(name, input, text);
  }
  return { typed, texts };
}

function emptyOf(type: string): string {
  return type === 'boolean' ? 'false' : '';
}

function readText(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return String(value);
  throw new WorkflowError('invalid_input', `Provided value for input '${name}' is not a string, a boolean or a number`);
}

function typedInput(name: string, input: InputDeclaration, text: string): Value {
  switch (input.type) {
    case 'boolean':
      if (text !== 'true' && text !== 'false') {
        throw new WorkflowError(
          'invalid_input',
          `Provided value '${text}' for input '${name}' not in the list of allowed values [true, false]`,
        );
      }
      return text === 'true';
    case 'number':
      if (text === '') return 0;
      if (!Number.isFinite(Number(text))) {
        throw new WorkflowError('invalid_input', `Provided value '${text}' for input '${name}' is not a number`);
      }
      return Number(text);
    case 'choice':
      if (!input.options.includes(text)) {
        throw new WorkflowError(
          'invalid_input',
          `Provided value '${text}' for input '${name}' not in the list of allowed values`,
        );
      }
      return text;
    default:
      return text;
  }
}

/** The mistakes of a call that can be seen before the run starts, in the order of their names. */
export function checkCall(
  callee: Workflow,
  given: readonly string[],
  secrets: 'inherit' | readonly string[],
): string[] {
  const inputs = declarations(callee, 'workflow_call');
  const problems = given
    .filter((name) => !inputs.has(name))
    .map((name) => `Invalid input, ${name} is not defined in the referenced workflow.`);
  for (const [name, input] of inputs) {
    if (input.required && !given.includes(name))
      problems.push(`Input ${name} is required, but not provided while calling.`);
  }
  if (secrets === 'inherit') return problems;
  const declaredSecrets = declaredCallSecrets(callee);
  for (const name of secrets) {
    if (!declaredSecrets.has(name)) problems.push(`Invalid secret, ${name} is not defined in the referenced workflow.`);
  }
  for (const [name, required] of declaredSecrets) {
    if (required && !secrets.includes(name))
      problems.push(`Secret ${name} is required, but not provided while calling.`);
  }
  return problems;
}

/** Secret name → whether it is required. */
export function declaredCallSecrets(callee: Workflow): Map<string, boolean> {
  const secrets = callee.on['workflow_call']?.['secrets'];
  if (!isMap(secrets)) return new Map();
  return new Map(Object.entries(secrets).map(([name, raw]) => [name, isMap(raw) && raw['required'] === true]));
}

/**
 * The `inputs` context of a called workflow. Types are strict, as on GitHub: the text "true" is no boolean.
 * @throws WorkflowError `invalid_input`
 */
export function readCallInputs(callee: Workflow, given: ValueMap, scope: Scope): ValueMap {
  const values: Record<string, Value> = {};
  for (const [name, input] of declarations(callee, 'workflow_call')) {
    const value = given[name] ?? interpolate(input.default ?? null, scope);
    values[name] = value === null ? emptyCallInput(input.type) : checkCallType(callee, name, input.type, value);
  }
  return values;
}

function emptyCallInput(type: string): Value {
  if (type === 'boolean') return false;
  return type === 'number' ? 0 : '';
}

function checkCallType(callee: Workflow, name: string, type: string, value: Value): Value {
  if (type === 'string') return toText(value);
  if (typeof value === type) return value;
  throw new WorkflowError(
    'invalid_input',
    `${callee.path}: input '${name}': expected a ${type}, got \`${toText(value)}\``,
  );
}
