/** Files that the jobs of a judge run pass on to each other, and their largest sizes in bytes. */
export const EVALUATOR_TAR = 'evaluator.tar';
export const FEATURES_TAR = 'features.tar';
export const LABELS_TAR = 'labels.tar';
export const SCAN_FILE = 'scan.json';
export const EVALUATION_FILE = 'evaluation.json';
export const PACKAGE_TAR = 'package.tar';

export const MAX_OUTPUT = 5 * 2 ** 30;
export const MAX_STATUS = 4 * 2 ** 20;
export const MAX_EVALUATOR = 2 ** 30;
export const MAX_HOLDOUT = 512 * 2 ** 20;
export const MAX_JSON = 32 * 2 ** 20;

/** In the package: the manifest, and below this folder the artifacts as training left them. */
export const MANIFEST_FILE = 'manifest.json';
export const ARTIFACTS_FOLDER = 'artifacts';

/** A dataset's file in features.tar and labels.tar. */
export function csvName(dataset: string): string {
  return `${dataset}.csv`;
}
