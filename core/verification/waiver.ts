import { z } from 'zod';
import { Sha256 } from '../names.ts';
import { ScanFinding } from './report.ts';

const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}+$/u, 'one line');

/** One finding in one file that somebody has looked at and answers for, until a day. */
export const Waiver = z.strictObject({
  /** Of docs/rules. */
  rule: z
    .string()
    .max(64)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'the id of a rule'),
  /** Of the file on disk: any other bytes need another look. */
  sha256: Sha256,
  owner: line(100),
  reason: line(500),
  /** The last day on which it holds. */
  expires: z.iso.date(),
});
export type Waiver = z.infer<typeof Waiver>;

/** As `policy.scan.waivers` of the default branch has them. They travel between jobs in an environment variable of at most 128 KiB. */
export const PolicyWaivers = z.array(Waiver).max(50);

/** A finding that counts for nothing, and who says so. Text of the finding is attacker-influenced. */
export const WaivedFinding = z.strictObject({ finding: ScanFinding, waiver: Waiver });
export type WaivedFinding = z.infer<typeof WaivedFinding>;
