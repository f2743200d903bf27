import type { Condition } from './contract-model.ts';

/** Whether a measured value satisfies what a quality rule states. */
export function holds(condition: Condition, value: number): boolean {
  const [first = Number.NaN, second = Number.NaN] = condition.operands;
  switch (condition.operator) {
    case 'mustBe':
      return value === first;
    case 'mustNotBe':
      return value !== first;
    case 'mustBeGreaterThan':
      return value > first;
    case 'mustBeGreaterOrEqualTo':
      return value >= first;
    case 'mustBeLessThan':
      return value < first;
    case 'mustBeLessOrEqualTo':
      return value <= first;
    case 'mustBeBetween':
      return value >= first && value <= second;
    case 'mustNotBeBetween':
      return value < first || value > second;
  }
}
