import type { Condition, Operator, QualityRule } from '../contract-model.ts';
import { cut } from './measured.ts';

const WORDS: Readonly<Record<Operator, (numbers: readonly string[]) => string>> = {
  mustBe: ([x = '']) => x,
  mustNotBe: ([x = '']) => `not ${x}`,
  mustBeGreaterThan: ([x = '']) => `more than ${x}`,
  mustBeGreaterOrEqualTo: ([x = '']) => `at least ${x}`,
  mustBeLessThan: ([x = '']) => `less than ${x}`,
  mustBeLessOrEqualTo: ([x = '']) => `at most ${x}`,
  mustBeBetween: ([x = '', y = '']) => `between ${x} and ${y}`,
  mustNotBeBetween: ([x = '', y = '']) => `not between ${x} and ${y}`,
};

/** What a number must be, in words: `at least 1,000`, `less than 5 %`. @param unit with its space before it, or empty */
export function conditionWords(conditions: readonly Condition[], unit = ''): string {
  return wordsWith(conditions, (one) => `${numberText(one)}${unit}`);
}

/** What the answer of a query must be that is true (1) or false (0). */
export function truthWords(conditions: readonly Condition[]): string {
  return wordsWith(conditions, (one) => String(one === 1));
}

function wordsWith(conditions: readonly Condition[], show: (operand: number) => string): string {
  return conditions.map(({ operator, operands }) => WORDS[operator](operands.map(show))).join(' and ');
}

function numberText(value: number): string {
  return Number.isSafeInteger(value) ? value.toLocaleString('en-US') : String(value);
}

/** Listed values are named up to here. */
const NAMED = 8;

/** What a library metric asks for, in words. */
export function qualityWords(rule: QualityRule): string {
  const asked = conditionWords(rule.conditions, rule.unit === 'percent' ? ' %' : '');
  const none = rule.conditions.every(
    ({ operator, operands }) => (operator === 'mustBe' || operator === 'mustBeLessOrEqualTo') && operands[0] === 0,
  );
  switch (rule.metric) {
    case 'rowCount':
      return `${asked} rows`;
    case 'nullValues':
      return none ? 'no nulls' : `nulls: ${asked}`;
    case 'missingValues':
      return none ? `none of ${listed(rule.missingValues)}` : `${listed(rule.missingValues)}: ${asked}`;
    case 'invalidValues': {
      const valid = [
        ...(rule.validValues === null ? [] : [`one of ${listed(rule.validValues)}`]),
        ...(rule.pattern === null ? [] : [`of the pattern ${cut(rule.pattern.source, 200)}`]),
      ].join(' and ');
      return none ? valid : `${valid}; others: ${asked}`;
    }
    case 'duplicateValues':
      return none ? 'each value once' : `repeated: ${asked}`;
  }
}

function listed(values: readonly string[]): string {
  const shown = values.slice(0, NAMED).map((value) => (value === '' ? '(empty)' : cut(value, 60)));
  return values.length > NAMED ? `${shown.join(', ')} and ${values.length - NAMED} more` : shown.join(', ');
}
