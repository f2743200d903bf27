/**
 * Scans damaged files of one format in a process that may write nothing and start nothing, and prints the largest memory
 * that it took, in KiB. Usage: node --permission --allow-fs-read=* damaged-in-child.ts FORMAT CASES SEED
 */
import { scanDamaged } from './damage.ts';
import { WHOLE } from './whole-files.ts';

const [format = '', cases = '', seed = ''] = process.argv.slice(2);
scanDamaged(WHOLE[format] ?? [], { numRuns: Number(cases), seed: Number(seed) });
process.stdout.write(`${process.resourceUsage().maxRSS}\n`);
