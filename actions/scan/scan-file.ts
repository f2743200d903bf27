import { z } from 'zod';
import { Metrics } from '../../core/evaluation/result.ts';
import { MAX_FINDINGS, ScanReport } from '../../core/verification/report.ts';
import { WaivedFinding } from '../../core/verification/waiver.ts';

/** What `scan` hands to `report`. */
export const ScanFile = z.strictObject({
  /** Without what is waived. */
  scan: ScanReport,
  waived: z.array(WaivedFinding).max(MAX_FINDINGS),
  selfReported: Metrics.nullable(),
});
export type ScanFile = z.infer<typeof ScanFile>;
