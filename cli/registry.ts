import type { CliCommand } from './command.ts';
import { audit } from './commands/audit.ts';
import { data } from './commands/data.ts';
import { explain } from './commands/explain.ts';
import { plan } from './commands/plan.ts';
import { promote } from './commands/promote.ts';
import { reconcile } from './commands/reconcile.ts';
import { scan } from './commands/scan.ts';
import { train } from './commands/train.ts';
import { verify } from './commands/verify.ts';

/** Every command; a test holds this and the folder `commands/` together. */
export const COMMANDS: readonly CliCommand[] = [plan, explain, train, promote, verify, audit, reconcile, data, scan];
