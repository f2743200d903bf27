import type { Names } from '../globals.ts';

/** Of Python itself: types that make data of data. No function that takes a function, a name or a path. */
export const STANDARD: Names = {
  builtins:
    'object() set= frozenset= list= dict= tuple= int= float() complex() bool() str~ bytes= bytearray= slice() range() Ellipsis~ NotImplemented~ hash~ getattr!',
  collections: 'OrderedDict= defaultdict() Counter= deque=',
  datetime: 'datetime() date() time() timedelta() timezone()',
  decimal: 'Decimal()',
  fractions: 'Fraction!',
  functools: 'partial!',
  types: 'SimpleNamespace=',
  uuid: 'UUID SafeUUID()',
  pathlib: 'Path() PurePath() PosixPath() WindowsPath() PurePosixPath() PureWindowsPath()',
  'pathlib._local': 'Path() PurePath() PosixPath() WindowsPath() PurePosixPath() PureWindowsPath()',
  zoneinfo: 'ZoneInfo~',
  argparse: 'Namespace',
  random: 'Random()',
  array: 'array= _array_reconstructor()',
  _codecs: 'encode!',
  copyreg: '_reconstructor! __newobj__! __newobj_ex__!',
};
