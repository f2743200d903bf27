import type { RunId } from '../core/names.ts';

export type Button = 'cancel' | 'retry';

/** GitHub takes 20 characters: what a run's id ends with, which tells it from every other one. */
const NAMED = 13;
const IDENTIFIER = /^(cancel|retry)(?:-([0-9A-HJKMNP-TV-Z]{13}))?$/;

/**
 * What GitHub tells us when the button is pressed: told again, or late, it means the run that it was shown with, and not
 * one that came after it.
 */
export function buttonOf(button: Button, run: RunId): string {
  return `${button}-${run.slice(-NAMED)}`;
}

/** @returns with `named`, what the id of the run ends with; null: the newest one is meant */
export function readButton(identifier: string): { readonly button: Button; readonly named: string | null } | null {
  const [, button, named = null] = IDENTIFIER.exec(identifier) ?? [];
  return button === 'cancel' || button === 'retry' ? { button, named } : null;
}
