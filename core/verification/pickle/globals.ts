import { ALLOWED } from './allowed.ts';

/**
 * How harmless a global is:
 * - `name`: only named, never called or instantiated;
 * - `value`: a class that pickles name, instantiate (`__new__`, `__setstate__`) and never call;
 * - `call`: whatever it is called with, it makes data of its arguments;
 * - `data`: as `call`, of what stands in the file: what was made by a call may go on for ever when it is iterated over;
 * - `checked`: harmless with the arguments that `calls.ts` lets through, and only as the function of a call.
 */
export type Grade = 'name' | 'value' | 'call' | 'data' | 'checked';

/** Names separated by spaces; `name()` may be called, `name=` with data, `name!` is checked, `name~` only named. */
export type Names = Readonly<Record<string, string>>;

const MARKS: ReadonlyMap<string, Grade> = new Map([
  ['()', 'call'],
  ['=', 'data'],
  ['!', 'checked'],
  ['~', 'name'],
]);

const GRADES: ReadonlyMap<string, ReadonlyMap<string, Grade>> = gather(ALLOWED);

function gather(lists: readonly Names[]): ReadonlyMap<string, ReadonlyMap<string, Grade>> {
  const modules = new Map<string, Map<string, Grade>>();
  for (const [module, names] of lists.flatMap((list) => Object.entries(list))) {
    const grades = modules.get(module) ?? new Map<string, Grade>();
    modules.set(module, grades);
    for (const name of names.split(/\s+/).filter((part) => part !== '')) {
      const [, plain = '', mark = ''] = /^(.*?)(\(\)|=|!|~)?$/.exec(name) ?? [];
      grades.set(plain, MARKS.get(mark) ?? 'value');
    }
  }
  return modules;
}

/** Modules that protocols below 3 name as Python 2 did (`Lib/_compat_pickle.py`). Where Python would not map them, they don't exist. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
]);

/** Types that Python 3 calls otherwise. */
const RENAMED_NAMES: ReadonlyMap<string, string> = new Map([
  ['xrange', 'range'],
  ['unicode', 'str'],
  ['long', 'int'],
]);

export function currentName(module: string, name: string): string {
  return module === '__builtin__' ? (RENAMED_NAMES.get(name) ?? name) : name;
}

/** The module as Python 3 calls it. */
export function currentModule(module: string): string {
  return RENAMED.get(module) ?? module;
}

export interface Global {
  readonly module: string;
  readonly name: string;
  /** Null where nothing says that it is harmless. */
  readonly grade: Grade | null;
}

export function nameOf({ module, name }: Pick<Global, 'module' | 'name'>): string {
  return `${module}.${name}`;
}

/** Null for what is on no list: exact names only, never a module's prefix. */
export function gradeOf(module: string, name: string): Grade | null {
  return GRADES.get(module)?.get(name) ?? null;
}

/** Every listed name with its grade. */
export function* listedGlobals(): Generator<readonly [module: string, name: string, grade: Grade]> {
  for (const [module, names] of GRADES) for (const [name, grade] of names) yield [module, name, grade];
}
