/**
 * The kinds of steps that flows take: a step's name up to the part that names a run, a model or a commit. Those parts
 * are text of a repository and endless in number, so no label ever holds them. A test holds this list and flows together.
 */
export const STEP_KINDS = [
  'accept',
  'answer',
  'asked',
  'audit',
  'authorise',
  'blocked',
  'cancel',
  'carried out',
  'carried out line',
  'check data line',
  'close',
  'closed pull requests',
  'comments swept',
  'data',
  'datasets',
  'decide',
  'decide line',
  'deployment',
  'draft line',
  'end over budget',
  'enter line',
  'follow',
  'given up',
  'handled',
  'heads',
  'holds and locks',
  'judge',
  'known',
  'missed comments',
  'missed pushes',
  'models',
  'nothing',
  'notices',
  'open pull requests',
  'order',
  'pressed at',
  'promoted',
  'react',
  'read',
  'record',
  'release',
  'remember',
  'result',
  'run',
  'runner',
  'runner gone',
  'runners',
  'show',
  'show again',
  'sighting',
  'stage',
  'stage tag',
  'started',
  'status line',
  'submit',
  'tag',
  'tidy',
  'tidy looked',
  'track',
  'trust',
  'unneeded',
  'unsettled runs',
  'untidied',
  'untold runs',
  'validated',
  'verify',
  'version',
  'version line',
  'workflow',
] as const;
export type StepKind = (typeof STEP_KINDS)[number] | 'other';

const LONGEST_FIRST = [...STEP_KINDS].sort((a, b) => b.length - a.length);

/** `show 0f3a…` is `show`; a name of no known kind is `other`. */
export function stepKind(name: string): StepKind {
  return LONGEST_FIRST.find((kind) => name === kind || name.startsWith(`${kind} `)) ?? 'other';
}

/** A route as our code writes it, e.g. `GET /repos/{owner}/{repo}`; anything filled in or from outside is `other`. */
export function routeTemplate(route: string): string {
  return /^(GET|POST|PUT|PATCH|DELETE) (\/[a-z-]+|\/\{[a-z_]+\})+$/.test(route) && route.length <= 120
    ? route
    : 'other';
}

export type StatusClass = '2xx' | '3xx' | '4xx' | '5xx' | 'none';

/** @param status null when no answer came */
export function statusClass(status: number | null): StatusClass {
  if (status === null || status < 200 || status > 599) return 'none';
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}

/** Lets the first `limit` values through as they are, and turns all further ones into `other`. */
export function atMost(limit: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit) return 'other';
    known.add(value);
    return value;
  };
}

/** GPUs by the names under which clouds and labels of runners offer them. */
const GPUS = [
  ...['a10', 'a10g', 'a100', 'a30', 'a40', 'b100', 'b200', 'b300', 'gb200', 'gb300', 'gh200', 'h100', 'h200', 'h20'],
  ...['k80', 'l4', 'l40', 'l40s', 'p100', 'p4', 't4', 't4g', 'v100', 'mi100', 'mi210', 'mi250', 'mi300x', 'mi325x'],
  ...['mi355x', 'rtx3090', 'rtx4090', 'rtx5090', 'rtx6000', 'gaudi2', 'gaudi3', 'tpu', 'trainium', 'inferentia'],
] as const;
const KNOWN_GPUS: ReadonlySet<string> = new Set(GPUS);
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** `A100-80GB` and `nvidia-a100` are `a100`; a name that nobody offers is `other`, and no GPU is `none`. */
export function gpuKind(gpu: string | undefined): string {
  if (gpu === undefined) return 'none';
  const words = gpu.toLowerCase().split(/[^a-z0-9]+/);
  const pairs = words.map((word, index) => `${word}${words[index + 1] ?? ''}`);
  return [...words, ...pairs].find((word) => KNOWN_GPUS.has(word)) ?? 'other';
}

/** By ISO 4217; `none` where there is no price. */
export function currencyKind(currency: string | undefined): string {
  if (currency === undefined) return 'none';
  return CURRENCIES.has(currency) ? currency : 'other';
}
