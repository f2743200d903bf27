import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMetrics } from '../../core/evaluation/metrics.ts';
import type { Metrics } from '../../core/evaluation/result.ts';
import { TarError } from '../../core/packaging/tar.ts';
import { OUTPUT_TAR } from '../../core/training/status.ts';
import type { ScannableFile } from '../../core/verification/format.ts';
import type { ScanReport } from '../../core/verification/report.ts';
import { scanFiles } from '../../core/verification/scan.ts';
import { type JudgedScan, judgeScan } from '../../core/verification/waivers.ts';
import type { Artifacts } from '../runtime/artifacts.ts';
import type { Job } from '../runtime/job.ts';
import { MAX_OUTPUT, PACKAGE_TAR, SCAN_FILE } from '../runtime/judge-files.ts';
import type { Inputs, Outputs } from './interface.ts';
import { writePackage } from './package.ts';
import { ScanFile } from './scan-file.ts';
import { type Unpacked, unpackOutput } from './unpacked.ts';

/** Where training leaves the metrics that it reports of itself; shown, never judged. */
const METRICS_FILE = 'metrics.json';
const MAX_METRICS = 1 << 20;

/** Scans, and packs whatever was found: a held run's package is kept, too. @param now by which waivers expire */
export async function scan(inputs: Inputs, job: Job, artifacts: Artifacts, now: Date): Promise<Outputs> {
  const landing = await job.directory('output');
  const handle = { id: inputs.artifactId, digest: inputs.artifactDigest };
  await artifacts.download(handle, landing, { [OUTPUT_TAR]: { maxBytes: MAX_OUTPUT } });

  const unpacked = await unpack(join(landing, OUTPUT_TAR), await job.directory('files'));
  if ('verdict' in unpacked) return handOver(job, artifacts, { scan: unpacked, waived: [], selfReported: null }, null);
  const { files } = unpacked;
  try {
    const { report, waived } = judged(scanFiles(files), inputs, job, now);
    const selfReported = readMetrics(files, job);
    const directory = await job.directory('package');
    const written = await writePackage(files, join(directory, PACKAGE_TAR));
    const uploaded = await artifacts.upload('trainyard-package', directory, [PACKAGE_TAR]);
    return await handOver(
      job,
      artifacts,
      { scan: report, waived: [...waived], selfReported },
      { ...uploaded, ...written },
    );
  } finally {
    unpacked.close();
  }
}

/** The files, or the report that says why there are none. */
async function unpack(archive: string, directory: string): Promise<Unpacked | ScanReport> {
  try {
    return await unpackOutput(archive, directory);
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    const message = `the output is not the archive that the train job makes: ${error.message}`.slice(0, 1000);
    const fix = 'Train again; if it happens again, the training code tampers with the job.';
    return {
      verdict: 'finding',
      files: [],
      findings: [{ rule: 'archive-malformed', severity: 'high', file: OUTPUT_TAR, message, fix }],
    };
  }
}

function judged(report: ScanReport, { waivers }: Inputs, job: Job, now: Date): JudgedScan {
  const found = judgeScan(report, waivers, now.toISOString().slice(0, 10));
  for (const { finding, waiver } of found.waived)
    job.log.notice(
      `waived until ${waiver.expires} by ${waiver.owner}: ${finding.rule} in ${finding.file} (${waiver.reason})`,
    );
  for (const { waiver } of found.idle.filter(({ why }) => why === 'expired'))
    job.log.warning(`the waiver of ${waiver.rule} for ${waiver.sha256} has expired on ${waiver.expires}`);
  return found;
}

function readMetrics(files: readonly ScannableFile[], job: Job): Metrics | null {
  const file = files.find(({ path }) => path === METRICS_FILE);
  if (file === undefined || file.size > MAX_METRICS) return null;
  const parsed = parseMetrics(file.read(0, file.size));
  if (parsed.ok) {
    if (parsed.leftOut !== null) job.log.warning(`self-reported ${parsed.leftOut}`);
    return parsed.metrics;
  }
  job.log.warning(`self-reported metrics are not shown: ${parsed.message}`);
  return null;
}

interface Packed {
  readonly id: number;
  readonly digest: string;
  readonly sha256: string;
  readonly size: number;
}

async function handOver(job: Job, artifacts: Artifacts, result: ScanFile, packed: Packed | null): Promise<Outputs> {
  const directory = await job.directory('scan');
  await writeFile(join(directory, SCAN_FILE), JSON.stringify(ScanFile.parse(result)));
  const { id, digest } = await artifacts.upload('judge-scan', directory, [SCAN_FILE]);
  job.log.info(
    `scan: ${result.scan.verdict}, ${result.scan.files.length} files, ${result.scan.findings.length} findings`,
  );
  return {
    verdict: result.scan.verdict,
    scanId: String(id),
    scanDigest: digest,
    packageId: packed === null ? '' : String(packed.id),
    packageDigest: packed?.digest ?? '',
    packageSha256: packed?.sha256 ?? '',
    packageSize: packed === null ? '' : String(packed.size),
  };
}
