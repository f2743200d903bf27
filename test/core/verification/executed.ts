import {
  global,
  int32,
  int64,
  MARK,
  MEMOIZE,
  type Part,
  POP,
  proto,
  REDUCE,
  STACK_GLOBAL,
  STOP,
  TUPLE1,
  text,
} from './assembler.ts';

const line = (value: string): string => `S'${value}'\n`;
const mkdir = global('os', 'mkdir');

/** Functions of Python itself with the texts that let them make a file or a folder at the path. */
const MAKERS: readonly (readonly [module: string, name: string, (path: string) => readonly string[]])[] = [
  ...['os.system', 'posix.system', 'os.popen', 'subprocess.getoutput'].map(
    (name) => [...split(name), (path: string) => [`touch ${path}`]] as const,
  ),
  ...['builtins.eval', 'builtins.exec', 'cProfile.run', 'profile.run'].map(
    (name) => [...split(name), (path: string) => [`open("${path}","w").close()`]] as const,
  ),
  ...['builtins.open', 'io.open', '_io.open', '_io.FileIO', 'codecs.open', 'tarfile.open', 'zipfile.ZipFile'].map(
    (name) => [...split(name), (path: string) => [path, 'w']] as const,
  ),
  ...['gzip.open', 'bz2.open', 'lzma.open'].map((name) => [...split(name), (path: string) => [path, 'w']] as const),
  ...['os.makedirs', 'os.mkfifo', 'sqlite3.connect', 'logging.FileHandler', 'mailbox.mbox'].map(
    (name) => [...split(name), (path: string) => [path]] as const,
  ),
  ...['shutil.copyfile', 'shutil.copy', 'os.symlink'].map(
    (name) => [...split(name), (path: string) => ['/etc/hostname', path]] as const,
  ),
  ['urllib.request', 'urlretrieve', (path) => ['file:///etc/hostname', path]],
  ['pydoc', 'pipepager', (path) => ['x', `touch ${path}`]],
  ['pydoc', 'tempfilepager', (path) => ['x', `touch ${path};:`]],
];

function split(name: string): readonly [module: string, name: string] {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

const MADE = MAKERS.map(([module, name, args]): [string, (path: string) => readonly Part[]] => [
  `${module}.${name}`,
  (path) => [proto(4), global(module, name), MARK, ...args(path).map(text), 'tR', STOP],
]);

/** Pickles that make a file or a folder when Python loads them, each by another way to the call. The path is plain ASCII. */
export const EXECUTED: Readonly<Record<string, (path: string) => readonly Part[]>> = {
  ...Object.fromEntries(MADE),
  'a call of protocol 0': (path) => [mkdir, MARK, line(path), 'tR.'],
  'an instance of a function': (path) => [MARK, line(path), 'ios\nmkdir\n.'],
  'an object of a function': (path) => [MARK, mkdir, line(path), 'o.'],
  'a memo index with an underscore': (path) => [mkdir, 'p1_0\n0g10\n', MARK, line(path), 'tR.'],
  'a memo index with a sign and blanks': (path) => [mkdir, 'p +7 \n0g7\n', MARK, line(path), 'tR.'],
  'a memo index of minus zero': (path) => [mkdir, 'p-0\n0g0\n', MARK, line(path), 'tR.'],
  'a memo that is written twice': (path) => [
    ...[proto(4), text('json'), 'q\0', POP, text('os'), 'q\0', POP, 'h\0', text('mkdir'), STACK_GLOBAL],
    ...[text(path), TUPLE1, REDUCE, STOP],
  ],
  'a memo with a large gap': (path) => [
    proto(2),
    mkdir,
    'r',
    int32(60_000),
    POP,
    'j',
    int32(60_000),
    text(path),
    '\x85R.',
  ],
  'MEMOIZE after a gap': (path) => [proto(4), 'N', 'q\x05', POP, mkdir, MEMOIZE, POP, 'h\x01', text(path), '\x85R.'],
  'a name by escapes': (path) => ["S'\\x6f\\163'\n", "S'mk\\x64ir'\n", STACK_GLOBAL, MARK, line(path), 'tR.'],
  'a name by escapes of Unicode': (path) => ['V\\u006fs\nVmk\\u0064ir\n', STACK_GLOBAL, MARK, line(path), 'tR.'],
  'a name of eight bytes of length': (path) => [
    ...[proto(4), '\x8d', int64(2), 'os', '\x8d', int64(5), 'mkdir', STACK_GLOBAL, text(path), TUPLE1, REDUCE, STOP],
  ],
  'a name of Python 2': (path) => ['c__builtin__\neval\n(S\'__import__("os").mkdir("', path, '")\'\ntR.'],
  'protocols one after the other': (path) => [proto(5), proto(0), mkdir, proto(4), text(path), TUPLE1, REDUCE, STOP],
  'a mark that is popped': (path) => [mkdir, MARK, 'N1', MARK, '0', text(path), TUPLE1, REDUCE, STOP],
  'a value that is doubled': (path) => [mkdir, '2', text(path), TUPLE1, REDUCE, STOP],
  'a key of a dictionary': (path) => [MARK, mkdir, MARK, line(path), 'tRNd.'],
  'a call before the end is missing': (path) => [mkdir, MARK, line(path), 'tR'],
  'a call before what is no opcode': (path) => [mkdir, MARK, line(path), 'tR\xff'],
  'a dotted name': (path) => [
    proto(4),
    text('json'),
    text('codecs.builtins.exec'),
    STACK_GLOBAL,
    text(`import os; os.mkdir("${path}")`),
    TUPLE1,
    REDUCE,
    STOP,
  ],
  'a frame in pieces': (path) => [
    proto(4),
    '\x95',
    int64(0),
    mkdir,
    '\x95',
    int64(0),
    text(path),
    TUPLE1,
    REDUCE,
    STOP,
  ],
};
