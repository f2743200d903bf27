import type { Rule } from '../format.ts';

const DIFFERS = 'Readers differ in what they take the archive to hold: one sees the entry that another does not.';

export const ZIP_RULES: readonly Rule[] = [
  {
    id: 'zip-mismatch',
    title: 'Local header and central directory disagree',
    why: DIFFERS,
    cves: ['CVE-2025-1944', 'CVE-2025-1945'],
  },
  { id: 'zip-duplicate', title: 'Two entries of one name', why: DIFFERS },
  { id: 'zip-overlap', title: 'Entries that overlap', why: DIFFERS },
  { id: 'zip-hidden-data', title: 'Bytes that belong to no entry', why: DIFFERS },
  { id: 'zip-prefix', title: 'Data before the archive', why: 'The file is something else to other readers.' },
  { id: 'zip-trailing-data', title: 'Data after the archive', why: 'The file is something else to other readers.' },
  { id: 'zip-comment', title: 'An archive comment', why: 'Another archive can hide in it.' },
  {
    id: 'zip-checksum',
    title: 'A wrong checksum',
    why: 'Scanners that trust it stop, and loaders that ignore it load.',
    cves: ['CVE-2025-10156'],
  },
  { id: 'zip-encrypted', title: 'An encrypted entry', why: 'It can’t be read, and whoever has the password can.' },
  { id: 'zip-method', title: 'An unusual compression', why: 'What was not read may hold anything.' },
  { id: 'zip-slip', title: 'A name that leaves the folder', why: 'Unpacking it writes over other files.' },
  { id: 'zip-link', title: 'A symbolic link', why: 'Unpacking it lets later entries write anywhere.' },
  { id: 'zip-bomb', title: 'An entry that unpacks to far more', why: 'Unpacking it fills memory or disk.' },
  {
    id: 'zip-entry-malformed',
    title: 'An entry that cannot be unpacked',
    why: 'Readers differ in what they make of broken bytes, and what one of them sees no scanner can say.',
  },
  {
    id: 'zip-tensor-size',
    title: 'A tensor of another size than the pickle says',
    why: 'Bytes that no tensor uses hide something.',
  },
  {
    id: 'torchscript',
    title: 'A TorchScript program',
    why: 'Its code runs when the model is used, and its operators can read and write files.',
  },
  {
    id: 'torch-export',
    title: 'A program of torch.export',
    why: 'Its graph names functions of PyTorch by text, which are called with what the graph gives them.',
  },
];
