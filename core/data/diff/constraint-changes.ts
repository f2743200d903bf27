import type { Bound, ContractColumn } from '../contract-model.ts';
import type { SchemaChange } from '../report/base.ts';

/** How what a contract promises of one column's values changes. Wider is breaking, narrower is compatible. */
export function constraintChanges(base: ContractColumn, head: ContractColumn): readonly SchemaChange[] {
  const changes: SchemaChange[] = [];
  const add = (kind: string, compatible: boolean, message: string): void => {
    const text = `column ${JSON.stringify(head.name.slice(0, 256))} ${message}`;
    changes.push({ kind, column: head.name.slice(0, 256), compatible, message: text.slice(0, 1000).toWellFormed() });
  };
  if (base.required && !head.required) add('nulls_allowed', false, 'may now be null');
  if (!base.required && head.required) add('nulls_forbidden', true, 'may no longer be null');
  if (base.unique && !head.unique) add('uniqueness_dropped', false, 'may now hold a value twice');
  if (!base.unique && head.unique) add('uniqueness_added', true, 'may no longer hold a value twice');
  if ((base.primaryKey === null) !== (head.primaryKey === null)) {
    add('key_changed', false, head.primaryKey === null ? 'is no longer part of the key' : 'is now part of the key');
  }
  values(base, head, add);
  bound('minimum', base.options.minimum, head.options.minimum, -1, add);
  bound('maximum', base.options.maximum, head.options.maximum, 1, add);
  length(base, head, add);
  if ((base.options.pattern?.source ?? null) !== (head.options.pattern?.source ?? null)) {
    add('pattern_changed', base.options.pattern === null, 'follows another pattern');
  }
  const [from, to] = [base.options.format?.pattern ?? null, head.options.format?.pattern ?? null];
  if (from !== to && base.logicalType === head.logicalType) {
    add('format_changed', false, `is written as ${to ?? 'the type says'} instead of ${from ?? 'the type says'}`);
  }
  return changes;
}

type Add = (kind: string, compatible: boolean, message: string) => void;

function values(base: ContractColumn, head: ContractColumn, add: Add): void {
  const [before, after] = [base.options.values, head.options.values];
  if (before === null && after === null) return;
  if (after === null) {
    add('values_added', false, 'may now hold any value');
    return;
  }
  if (before === null) {
    add('values_removed', true, 'may now hold listed values only');
    return;
  }
  const [old, now] = [new Set(before), new Set(after)];
  const [added, removed] = [after.filter((value) => !old.has(value)), before.filter((value) => !now.has(value))];
  if (added.length > 0) add('values_added', false, `may now also hold ${listed(added)}, which no model has seen`);
  if (removed.length > 0) add('values_removed', true, `no longer holds ${listed(removed)}`);
}

/** @param outward the direction in which the bound gives way */
function bound(name: string, before: Bound | null, after: Bound | null, outward: 1 | -1, add: Add): void {
  const place = (side: Bound | null): number => (side === null ? Infinity : side.value * outward);
  const [from, to] = [place(before), place(after)];
  const opened = from === to && (before?.exclusive ?? false) && !(after?.exclusive ?? false);
  const closed = from === to && !(before?.exclusive ?? false) && (after?.exclusive ?? false);
  const text = `has another ${name}: ${after?.text ?? 'none'} instead of ${before?.text ?? 'none'}`;
  if (to > from || opened) add('range_widened', false, text);
  else if (to < from || closed) add('range_narrowed', true, text);
}

function length(base: ContractColumn, head: ContractColumn, add: Add): void {
  const least = [base.options.minLength ?? 0, head.options.minLength ?? 0] as const;
  const most = [base.options.maxLength ?? Infinity, head.options.maxLength ?? Infinity] as const;
  if (head.logicalType !== base.logicalType) return;
  if (least[1] < least[0] || most[1] > most[0]) add('length_widened', false, 'may have other lengths than before');
  else if (least[1] > least[0] || most[1] < most[0]) add('length_narrowed', true, 'may have fewer lengths than before');
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, 5).map((value) => JSON.stringify(value.slice(0, 60)));
  return items.length > 5 ? `${shown.join(', ')} and ${items.length - 5} more` : shown.join(', ');
}
