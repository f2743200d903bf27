import { z } from 'zod';
import { Metrics } from '../../core/evaluation/result.ts';
import { ScanReport } from '../../core/verification/report.ts';

/** What `scan` hands to `report`. */
export const ScanFile = z.strictObject({
  scan: ScanReport,
  selfReported: Metrics.nullable(),
});
export type ScanFile = z.infer<typeof ScanFile>;
