import {
  type Format,
  type FormatVerdict,
  type Note,
  readExactly,
  ScanError,
  type Source,
  slice,
  startsWith,
} from '../format.ts';
import { readNpyHeader } from '../npy-header.ts';
import { scanPickle } from '../pickle/scan.ts';

/** NumPy arrays (`numpy/lib/format.py`). Of plain types the header must account for every byte; of objects a pickle follows. */
export const npy: Format = {
  name: 'npy',
  rules: [
    {
      id: 'npy-trailing-data',
      title: 'An array whose header does not account for all bytes',
      why: 'What follows the array is read by some other loader.',
    },
  ],
  detect: (head) => startsWith(head, '\x93NUMPY'),
  scan: (file, context): FormatVerdict => {
    const { dataStart, itemSize, objects, shape } = header(file);
    const notes: Note[] = [];
    if (objects) {
      const pickled = slice(file, 'objects', dataStart, file.size);
      context.insideAs(pickled, 'pickle', (inner) => scanPickle(inner, context));
      return { format: 'npy', verdict: 'clean', notes };
    }
    const expected = shape.reduce((product, length) => product * length, itemSize) + dataStart;
    if (expected > file.size || !Number.isSafeInteger(expected))
      throw new ScanError('malformed', `the header promises ${expected} bytes, the file has ${file.size}`, dataStart);
    if (expected < file.size) {
      const message = `${file.size - expected} bytes after the array`;
      const fix = 'Save the array again with numpy.save.';
      notes.push({ rule: 'npy-trailing-data', severity: 'high', message, fix, offset: expected });
    }
    return { format: 'npy', verdict: notes.length > 0 ? 'finding' : 'clean', notes };
  },
};

function header(file: Source) {
  const start = Buffer.from(readExactly(file, 0, Math.min(12, file.size)));
  const major = start[6] ?? 0;
  if (start.length < 12 || major < 1 || major > 3 || start[7] !== 0)
    throw new ScanError('malformed', 'an unknown version', 6);
  const lengthSize = major === 1 ? 2 : 4;
  const length = start.readUIntLE(8, lengthSize);
  // NumPy itself refuses more than 10,000 characters of what it does not trust.
  if (length > 65_536) throw new ScanError('too_large', `a header of ${length} bytes`, 8);
  const dataStart = 8 + lengthSize + length;
  const text = Buffer.from(readExactly(file, 8 + lengthSize, length)).toString(major === 3 ? 'utf8' : 'latin1');
  return { dataStart, ...readNpyHeader(text) };
}
