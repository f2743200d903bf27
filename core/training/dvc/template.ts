/** Values that `${…}` in a `dvc.yaml` may name: of `params.yaml` and of `vars`. Whole numbers are bigint, as YAML writes them. */
export type TemplateValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly TemplateValue[]
  | { readonly [key: string]: TemplateValue };

export type Filled =
  | { readonly ok: true; readonly text: string }
  /** In words, unescaped. */
  | { readonly ok: false; readonly message: string };

/** `${name}`, `${train.epochs}`, `${sizes[0]}`; `\${name}` stays as it is, without the backslash. */
const EXPRESSION = /(\\)?\$\{([^{}]*)\}/g;
const NAME = /^[^\s.[\]]+(\.[^\s.[\]]+|\[\d{1,6}\])*$/;

/** Characters of all that templates of one stage make. */
export const MAX_FILLED = 1 << 20;

/** Puts values into a text as DVC does (dvc.org, "Templating"). Only plain values are: how DVC writes maps is a setting of its own. @param most characters */
export function fillTemplate(
  text: string,
  values: Readonly<Record<string, TemplateValue>>,
  most: number = MAX_FILLED,
): Filled {
  let problem: string | null = null;
  let length = text.length;
  const filled = text.replaceAll(EXPRESSION, (whole, escaped: string | undefined, inner: string) => {
    if (escaped !== undefined) return whole.slice(1);
    const name = inner.trim();
    const value = NAME.test(name) ? named(name, values) : undefined;
    if (value === undefined || value === null || typeof value === 'object')
      problem ??=
        value === undefined
          ? `nothing is called ${whole} in params.yaml or vars`
          : `${whole} is no plain value: name its parts one by one`;
    if (typeof value === 'object' || value === undefined) return '';
    const put = written(value);
    length += put.length;
    // A few characters name a long value, many times over: none of it is put together beyond what is taken.
    if (length > most) problem ??= `its values make more than ${MAX_FILLED} characters`;
    return problem === null ? put : '';
  });
  return problem === null ? { ok: true, text: filled } : { ok: false, message: problem };
}

function named(name: string, values: Readonly<Record<string, TemplateValue>>): TemplateValue | undefined {
  let at: TemplateValue | undefined = values;
  for (const key of name.split(/[.[\]]/).filter((part) => part !== '')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key) as TemplateValue;
  }
  return at;
}

/** As Python writes them, which DVC is written in. */
function written(value: boolean | number | bigint | string): string {
  if (typeof value !== 'number') return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const [digits = '', exponent] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16))
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  const plain = power < 0 ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, '').length - 1 - power)) : String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}
