import { Version } from '../names.ts';
import { shown } from './shown.ts';

/** `v1.2.0` or `1.2.0`; null for anything else. */
export function versionOf(text: string): Version | null {
  const version = Version.safeParse(text.replace(/^v/, ''));
  return version.success ? version.data : null;
}

export function notAVersion(text: string): string {
  return `expected a version such as v1.2.0, got ${shown(text)}`;
}
