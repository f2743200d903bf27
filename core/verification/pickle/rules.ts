import type { Rule } from '../format.ts';

const RUNS = 'Whoever loads the file runs what its author chose, with their own rights.';

/** What `pickle.ts` and its kin find. */
export const PICKLE_RULES: readonly Rule[] = [
  {
    id: 'pickle-dangerous-import',
    title: 'A pickle that imports what runs code or reaches the system',
    why: RUNS,
    cves: ['CVE-2024-37052', 'CVE-2025-1716', 'CVE-2025-1889', 'CVE-2025-32434'],
  },
  {
    id: 'pickle-unlisted-import',
    title: 'A pickle that imports a name that is on no list',
    why: 'A name that nobody looked at may lead to code, as every bypass of a list of bad names has.',
    cves: ['CVE-2025-10157', 'CVE-2025-46417'],
  },
  { id: 'pickle-unresolved-import', title: 'A pickle that imports a name that it computes', why: RUNS },
  { id: 'pickle-extension', title: 'A pickle that imports by an extension code', why: RUNS },
  {
    id: 'pickle-call',
    title: 'A pickle that calls what ordinary pickles do not',
    why: 'A harmless name called in an unusual way can lead to code.',
  },
  {
    id: 'pickle-build',
    title: 'A pickle that plants a method in an object',
    why: 'The opcodes that follow call it in place of the class’s own, with arguments of the author’s choice.',
  },
  { id: 'pickle-changes-import', title: 'A pickle that changes a class or function', why: RUNS },
  {
    id: 'pickle-persistent-id',
    title: 'A pickle that names objects outside of itself',
    why: 'What the name stands for is decided by whoever loads it, and the file can choose it.',
  },
  {
    id: 'pickle-numpy-type',
    title: 'A NumPy type with a false state',
    why: 'Bytes of the file are taken for pointers to Python objects, which leads to code in the process.',
  },
  {
    id: 'pickle-explosion',
    title: 'A pickle whose tuples hold each other so often, or so deep, that loading it does not end',
    why: 'A file of a hundred bytes occupies whoever loads it for years, or ends the process.',
  },
  {
    id: 'pickle-two-readings',
    title: 'A pickle that reads differently with and without joblib',
    why: 'One loader sees data where another sees opcodes.',
  },
  {
    id: 'pickle-trailing-data',
    title: 'Data after the end of a pickle',
    why: 'Some loaders read on, and other formats are found by their end.',
  },
  {
    id: 'pickle-out-of-band',
    title: 'A pickle that takes data from elsewhere',
    why: 'What the file does not hold could not be scanned.',
  },
  {
    id: 'pickle-not-read-to-the-end',
    title: 'A pickle with findings that was not read to its end',
    why: 'What was not read may hold anything.',
  },
];
