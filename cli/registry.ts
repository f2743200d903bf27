import type { CliCommand } from './command.ts';
import { audit } from './usage/audit.ts';
import { data } from './usage/data.ts';
import { explain } from './usage/explain.ts';
import { plan } from './usage/plan.ts';
import { promote } from './usage/promote.ts';
import { reconcile } from './usage/reconcile.ts';
import { scan } from './usage/scan.ts';
import { train } from './usage/train.ts';
import { verify } from './usage/verify.ts';

/** Every command; a test holds this and the folders `usage/` and `commands/` together. */
export const COMMANDS: readonly CliCommand[] = [
  { ...data, load: async () => (await import('./commands/data.ts')).data },
  { ...scan, load: async () => (await import('./commands/scan.ts')).scan },
  { ...plan, load: async () => (await import('./commands/plan.ts')).plan },
  { ...explain, load: async () => (await import('./commands/explain.ts')).explain },
  { ...train, load: async () => (await import('./commands/train.ts')).train },
  { ...promote, load: async () => (await import('./commands/promote.ts')).promote },
  { ...verify, load: async () => (await import('./commands/verify.ts')).verify },
  { ...audit, load: async () => (await import('./commands/audit.ts')).audit },
  { ...reconcile, load: async () => (await import('./commands/reconcile.ts')).reconcile },
];
