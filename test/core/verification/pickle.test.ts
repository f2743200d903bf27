import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ATTACKS } from '../../../bench/scan-attacks.ts';
import { CHECKED_NAMES } from '../../../core/verification/pickle/checks.ts';
import { listedGlobals } from '../../../core/verification/pickle/globals.ts';
import type { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import {
  BUILD,
  byte,
  bytes,
  calling,
  dtype,
  dtypeState,
  EMPTY_DICT,
  EMPTY_TUPLE,
  global,
  int,
  int32,
  int64,
  MARK,
  MEMOIZE,
  NEWOBJ,
  type Part,
  POP,
  pickleOf,
  proto,
  REDUCE,
  SETITEM,
  STACK_GLOBAL,
  STOP,
  stackGlobal,
  TUPLE,
  TUPLE1,
  TUPLE2,
  TUPLE3,
  text,
} from './assembler.ts';
import { fileOf, rulesOf } from './samples.ts';

const scan = (...parts: Part[]): ScanReport => scanFiles([fileOf('model.pkl', pickleOf(...parts))]);
const rules = (...parts: Part[]): string[] => rulesOf(pickleOf(...parts));

/** Of those that are benched, too. */
function attack(name: string): Uint8Array {
  const found = ATTACKS[name];
  if (found === undefined) throw new Error(`there is no attack ${name}`);
  return found;
}

const system = pickleOf(global('os', 'system'), "(S'id'\ntR");
const evil = calling('os', 'system');

describe('ordinary pickles are clean', () => {
  test.each<[string, Part[]]>([
    ['data of protocol 5', [proto(5), EMPTY_DICT, text('a'), int(1), SETITEM, STOP]],
    ['data of protocol 1 without a header', [']q\0(K\x01K\x02e.']],
    ['an ordered dictionary', [proto(2), global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE, STOP]],
    ['a set as Python 2 names it', [proto(2), global('__builtin__', 'set'), ']', TUPLE1, REDUCE, STOP]],
    ['bytes in protocol 2', [proto(2), global('_codecs', 'encode'), text('ab'), text('latin1'), TUPLE2, REDUCE, STOP]],
    ['a type of numbers', [proto(4), dtype('f8'), STOP]],
    ['a type of objects', [proto(4), dtype('O8', dtypeState(63)), STOP]],
    [
      'an estimator',
      [
        proto(4),
        stackGlobal('sklearn.linear_model._base', 'LinearRegression'),
        EMPTY_TUPLE,
        NEWOBJ,
        EMPTY_DICT,
        text('coef_'),
        int(1),
        SETITEM,
        BUILD,
        STOP,
      ],
    ],
    [
      'names through the memo',
      [proto(4), text('builtins'), MEMOIZE, text('set'), MEMOIZE, 'h\0h\x01', STACK_GLOBAL, STOP],
    ],
    ['several in one file', [proto(4), 'N', STOP, proto(4), int(1), STOP]],
    ['text that looks like base64', [proto(4), text('gASomethingElseEntirely'), STOP]],
  ])('%s', (_, parts) => {
    expect(scan(...parts)).toMatchObject({ verdict: 'clean', files: [{ format: 'pickle' }] });
  });
});

describe('what runs code is found', () => {
  test.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['subprocess', 'Popen'],
    ['builtins', 'eval'],
    ['__builtin__', 'eval'],
    ['builtins', 'getattr'],
    ['operator', 'attrgetter'],
    ['functools', 'partial'],
    ['pip', 'main'],
    ['runpy', '_run_code'],
    ['asyncio.unix_events', '_UnixSubprocessTransport._start'],
    ['torch.utils._config_module', 'ConfigModule.load_config'],
    ['torch.hub', 'load'],
    ['torch', 'load'],
    ['joblib', 'load'],
    ['numpy', 'load'],
    ['numpy.testing._private.utils', 'runstring'],
    ['numpy.f2py.crackfortran', 'getlincoef'],
    ['linecache', 'getline'],
    ['ssl', 'get_server_certificate'],
    ['cProfile', 'runctx'],
    ['timeit', 'timeit'],
    ['idlelib.pyshell', 'ModifiedInterpreter.runcode'],
    ['lib2to3.pgen2.grammar', 'Grammar.loads'],
    ['code', 'InteractiveInterpreter.runcode'],
    ['dill._dill', '_create_function'],
    ['cloudpickle.cloudpickle', '_make_function'],
    ['types', 'CodeType'],
    ['marshal', 'loads'],
    ['pickle', 'loads'],
    ['sklearn.linear_model._base', 'LinearRegression.fit'],
    ['scipy.stats._continuous_distns', 'norm_gen'],
    ['numpy', 'memmap'],
    ['__main__', 'Net'],
  ])('%s.%s', (module, name) => {
    for (const pickle of [
      calling(module, name),
      pickleOf(global(module, name), "(S'x'\ntR."),
      pickleOf("(S'x'\n", `i${module}\n${name}\n.`),
    ]) {
      const report = scan(pickle);
      expect(report.verdict).toBe('finding');
      expect(report.findings[0]?.rule).toMatch(/^pickle-(dangerous|unlisted)-import$|^pickle-call$/);
      expect(report.findings.map(({ evidence }) => evidence).join()).toContain(name);
    }
  });

  test.each<[string, Part[], string]>([
    [
      'under another name of Python 2',
      [proto(2), global('commands', 'getoutput'), "(S'id'\ntR."],
      'pickle-dangerous-import',
    ],
    ['by an object', [MARK, global('os', 'system'), "S'id'\no."], 'pickle-dangerous-import'],
    ['by NEWOBJ', [proto(2), global('subprocess', 'Popen'), "(S'id'\nt", NEWOBJ, STOP], 'pickle-dangerous-import'],
    [
      'by NEWOBJ_EX',
      [proto(4), stackGlobal('subprocess', 'Popen'), EMPTY_TUPLE, EMPTY_DICT, '\x92.'],
      'pickle-dangerous-import',
    ],
    [
      'after the memo was written twice',
      [
        proto(4),
        text('json'),
        'q\0',
        POP,
        text('os'),
        'q\0',
        POP,
        'h\0',
        text('system'),
        STACK_GLOBAL,
        text('id'),
        TUPLE1,
        REDUCE,
        STOP,
      ],
      'pickle-dangerous-import',
    ],
    [
      'with escapes in its name',
      ["S'\\x6f\\163'\nS'syste\\x6d'\n", STACK_GLOBAL, "(S'id'\ntR."],
      'pickle-dangerous-import',
    ],
    ['with escapes of Unicode', ['V\\u006fs\nVsystem\n', STACK_GLOBAL, "(S'id'\ntR."], 'pickle-dangerous-import'],
    [
      'with a name that a call makes',
      [proto(4), stackGlobal('builtins', 'bytes'), EMPTY_TUPLE, REDUCE, text('system'), STACK_GLOBAL, STOP],
      'pickle-unresolved-import',
    ],
    [
      'with a name of bytes',
      [proto(4), bytes(Buffer.from('os')), text('system'), STACK_GLOBAL, STOP],
      'pickle-unresolved-import',
    ],
    [
      'and then broken',
      [proto(4), stackGlobal('os', 'system'), text('id'), TUPLE1, REDUCE, '\xff'],
      'pickle-dangerous-import',
    ],
    ['and then cut', [evil.subarray(0, -1)], 'pickle-dangerous-import'],
    ['after a first pickle', [proto(4), 'N', STOP, evil], 'pickle-dangerous-import'],
    [
      'across frames',
      [proto(4), '\x95', int64(3), stackGlobal('os', 'system'), '\x95', int64(1), text('id'), TUPLE1, REDUCE, STOP],
      'pickle-dangerous-import',
    ],
    [
      'with a protocol that changes',
      [proto(0), global('os', 'system'), proto(5), "(S'id'\ntR."],
      'pickle-dangerous-import',
    ],
    ['by an extension code', [proto(2), '\x82\x01', EMPTY_TUPLE, REDUCE, STOP], 'pickle-extension'],
    ['by a large extension code', [proto(2), '\x84', int32(70_000), STOP], 'pickle-extension'],
    ['by a persistent id', [proto(2), text('os.system'), 'Q.'], 'pickle-persistent-id'],
    ['by a persistent id of protocol 0', [proto(2), 'Pos.system\n.'], 'pickle-persistent-id'],
    [
      'out of a listed class',
      [proto(4), stackGlobal('sklearn.linear_model._base', 'LinearRegression'), text('x'), TUPLE1, REDUCE, STOP],
      'pickle-call',
    ],
    [
      'by calling what was made',
      [proto(4), stackGlobal('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE, EMPTY_TUPLE, REDUCE, STOP],
      'pickle-call',
    ],
    [
      'by another codec',
      [proto(2), global('_codecs', 'encode'), text('ab'), text('idna'), TUPLE2, REDUCE, STOP],
      'pickle-call',
    ],
    [
      'through a base class that is called',
      [
        proto(2),
        global('copy_reg', '_reconstructor'),
        global('collections', 'OrderedDict'),
        global('collections', 'Counter'),
        'N',
        TUPLE3,
        REDUCE,
        STOP,
      ],
      'pickle-call',
    ],
    [
      'by handing on a function that takes code',
      [
        proto(4),
        stackGlobal('collections', 'defaultdict'),
        stackGlobal('torch.storage', '_load_from_bytes'),
        TUPLE1,
        REDUCE,
        STOP,
      ],
      'pickle-call',
    ],
    ['by planting __setstate__', [attack('planted-setstate.pkl')], 'pickle-build'],
    [
      'by planting append',
      [
        proto(4),
        stackGlobal('sklearn.dummy', 'DummyClassifier'),
        EMPTY_TUPLE,
        NEWOBJ,
        EMPTY_DICT,
        text('append'),
        stackGlobal('builtins', 'bytes'),
        SETITEM,
        BUILD,
        text('x'),
        'a.',
      ],
      'pickle-build',
    ],
    [
      'by attributes that a call names',
      [
        proto(4),
        stackGlobal('sklearn.dummy', 'DummyClassifier'),
        EMPTY_TUPLE,
        NEWOBJ,
        stackGlobal('builtins', 'dict'),
        EMPTY_TUPLE,
        REDUCE,
        BUILD,
        STOP,
      ],
      'pickle-build',
    ],
    [
      'by changing a class',
      [proto(4), stackGlobal('collections', 'OrderedDict'), EMPTY_DICT, BUILD, STOP],
      'pickle-changes-import',
    ],
    [
      'by setting items of a class',
      [proto(4), stackGlobal('collections', 'OrderedDict'), text('a'), int(1), SETITEM, STOP],
      'pickle-changes-import',
    ],
    ['by a NumPy type with false flags', [attack('numpy-false-flags.pkl')], 'pickle-numpy-type'],
    ['by a record that hides objects', [attack('numpy-record.pkl')], 'pickle-numpy-type'],
    [
      'by a scalar of objects',
      [
        proto(4),
        stackGlobal('numpy._core.multiarray', 'scalar'),
        dtype('O8', dtypeState(63)),
        bytes(evil),
        TUPLE2,
        REDUCE,
        STOP,
      ],
      'pickle-call',
    ],
    ['by a buffer for an array', [proto(4), stackGlobal('numpy', 'ndarray'), EMPTY_TUPLE, NEWOBJ, STOP], 'pickle-call'],
    [
      'by an attribute of a listed thing',
      [
        proto(4),
        stackGlobal('builtins', 'getattr'),
        stackGlobal('builtins', 'bytes'),
        text('fromhex'),
        TUPLE2,
        REDUCE,
        STOP,
      ],
      'pickle-call',
    ],
    ['by data from elsewhere', [proto(5), '\x97.'], 'pickle-out-of-band'],
  ])('%s', (_, parts, rule) => {
    expect(rules(...parts)).toContain(rule);
  });
});

/** Bytes as protocol 2 writes them, for torch to load. */
function loaded(content: Uint8Array): Buffer {
  const plain = Buffer.from(Buffer.from(content).toString('latin1'));
  const encode = [stackGlobal('_codecs', 'encode'), 'X', int32(plain.length), plain, text('latin1'), TUPLE2, REDUCE];
  return pickleOf(stackGlobal('torch.storage', '_load_from_bytes'), ...encode, TUPLE1, REDUCE);
}

describe('pickles in pickles are found', () => {
  const zipped = deflateSync(evil);
  test.each<[string, Part]>([
    ['as bytes', bytes(evil)],
    ['as text of protocol 0', text(`${system.toString('latin1')}.`)],
    ['in base64', text(evil.toString('base64'))],
    ['in base64 of protocol 0', text(pickleOf(system, STOP).toString('base64'))],
    ['in hex', text(evil.toString('hex'))],
    ['in hex of protocol 0', text(pickleOf(system, STOP).toString('hex'))],
    ['in hex of protocol 0 in capitals', text(pickleOf(system, STOP).toString('hex').toUpperCase())],
    ['in hex with a mark', text(`0x${evil.toString('hex')}`)],
    ['in hex with blanks', text(pickleOf(system, STOP).toString('hex').replace(/../g, '$& '))],
    ['in hex with a mark at each byte', text(pickleOf(system, STOP).toString('hex').replace(/../g, '\\x$&'))],
    ['compressed', bytes(zipped)],
    ['compressed in base64', text(zipped.toString('base64'))],
    ['in bytes in bytes', bytes(pickleOf(proto(4), bytes(evil), STOP))],
    ['in an array of bytes', pickleOf('\x96', int64(evil.length), evil)],
    ['for torch to load', pickleOf(stackGlobal('torch.storage', '_load_from_bytes'), bytes(evil), TUPLE1, REDUCE)],
    [
      'for torch to load, as protocol 2 writes bytes, behind much else',
      loaded(Buffer.concat([Buffer.from('I1\n0'.repeat(50_000)), evil])),
    ],
    ['for torch to load in an archive', loaded(gzipSync(evil))],
  ])('%s', (_, part) => {
    const report = scan(proto(5), part, STOP);
    expect(report.verdict).toBe('finding');
    expect(report.findings).toMatchObject([
      { rule: 'pickle-dangerous-import', file: expect.stringMatching(/^model\.pkl!\//) },
    ]);
  });
});

describe('pickles behind something else in a text or in bytes of a pickle are found', () => {
  const base64 = evil.toString('base64');
  const proto0 = pickleOf(system, STOP);
  const latin = (value: Uint8Array): string => Buffer.from(value).toString('latin1');
  const around: readonly (readonly [string, (inner: string) => string])[] = [
    ['nothing', (inner) => inner],
    ['the type of a data URI', (inner) => `data:application/octet-stream;base64,${inner}`],
    ['blanks', (inner) => `  \n\t ${inner}`],
    ['the mark of an order of bytes', (inner) => `\ufeff${inner}`],
    ['zeros', (inner) => `\0\0${inner}`],
    ['a quote', (inner) => `b'${inner}'`],
    ['JSON', (inner) => `{"payload": "${inner}", "n": 1}`],
    ['a comment', (inner) => `# weights of the model\n${inner}\n`],
    ['a name and an equals sign', (inner) => `payload=${inner}`],
    ['a point', (inner) => `v1.${inner}`],
    ['a call', (inner) => `loads(${inner})`],
    ['words', (inner) => `this is the payload ${inner} and more`],
    ['a tag', (inner) => `<data>${inner}</data>`],
    ['a line of dashes', (inner) => `-----BEGIN-----\n${inner.replace(/.{48}/g, '$&\n')}\n-----END-----`],
    ['letters', (inner) => `payload${inner}`],
  ];
  const inside: readonly (readonly [string, string])[] = [
    ['base64', base64],
    ['hex', evil.toString('hex')],
    ['opcodes', latin(evil)],
    ['opcodes of protocol 0', latin(proto0)],
  ];
  const cases = around.flatMap(([before, wrap]) => inside.map(([what, inner]) => [what, before, wrap(inner)] as const));

  test.each(cases)('%s behind %s', (what, before, content) => {
    expect(rules(proto(4), text(content), STOP)).toContain('pickle-dangerous-import');
    // Bytes that do not begin as text are data, which is skipped.
    if (what === 'opcodes' || before === 'zeros') return;
    expect(rules(proto(4), bytes(Buffer.from(content)), STOP)).toContain('pickle-dangerous-import');
  });

  test.each<[string, Part]>([
    ['much text', text(`${'words and words '.repeat(20_000)}${base64}`)],
    ['much text in bytes', bytes(Buffer.from(`${'words and words '.repeat(20_000)}${base64}`))],
    ['a long line of protocol 0', `V${'words and words '.repeat(500)}${base64}\n`],
    ['words in bytes', bytes(pickleOf('some words ', evil))],
    ['bytes as protocol 2 writes them', pickleOf(text(latin(evil)), '0N')],
    [
      'the same in protocol 0',
      `V${latin(evil).replace(/[\0\n\\]/g, (one) => `\\u00${one.charCodeAt(0).toString(16).padStart(2, '0')}`)}\n`,
    ],
  ])('behind %s', (_, part) => {
    expect(rules(proto(4), part, STOP)).toContain('pickle-dangerous-import');
  });

  test.each<[string, Part]>([
    ['a frame of LZ4', bytes(Buffer.from('\x04"M\x18\x60\x40\x82 and more', 'latin1'))],
    ['a stream of LZMA', bytes(pickleOf(']\0\0\x80\0', Buffer.alloc(8, 255), 'and more'))],
  ])('and what can not be unpacked is a finding: %s', (_, part) => {
    expect(rules(proto(4), part, STOP)).toEqual(['compressed-malformed']);
  });

  test.each<[string, Part]>([
    ['paths', text('/usr/local/lib/python3.11/site-packages/sklearn/ensemble/_forest.py and others')],
    ['numbers', text('leaf_value=0.12345678901234567 -0.0012345678901234567 1.2345678901234567e-05')],
    ['words and names', text('cat\ndog\n(the names of them) "encoder.layers.0.self_attn.in_proj_weight_of_the_model"')],
    ['base64 of other things', text(`digest: ${Buffer.alloc(300, 'Keys and values ').toString('base64')}`)],
  ])('and not %s', (_, part) => {
    expect(scan(proto(4), part, STOP)).toMatchObject({ verdict: 'clean', files: [{}] });
  });
});

describe('pickles in texts are found', () => {
  const proto0 = pickleOf(system, STOP);
  const lines = evil.toString('base64').replace(/.{1,20}/g, '$&\n');
  test.each([
    ['in base64', evil.toString('base64')],
    ['in lines of base64', `words before\n${lines}`],
    ['in hex', evil.toString('hex')],
    ['in hex of protocol 0', `payload = "${proto0.toString('hex')}"`],
    ['in JSON', JSON.stringify({ a: 1, weights: evil.toString('base64') })],
    ['in a pickle of protocol 0', `(dp0\nVa\np1\nV${proto0.toString('base64')}\np2\ns.`],
    ['compressed', JSON.stringify([deflateSync(evil).toString('base64')])],
    ['behind much text', `${'Yes, words and words\n'.repeat(10_000)}${evil.toString('base64')}`],
  ])('%s', (_, content) => {
    expect(rules(content)).toContain('pickle-dangerous-import');
  });

  test('and base64 of other things is text', () => {
    const other = Buffer.alloc(30_000, 'Keys and values ').toString('base64').replace(/.{76}/g, '$&\n');
    expect(scan(`gAS\n${other}`)).toMatchObject({ verdict: 'clean' });
  });
});

describe('what Python refuses or nobody can read is never clean', () => {
  test.each<[string, Part[]]>([
    ['a protocol to come', [proto(6), 'N.']],
    ['an unknown opcode', [proto(4), 'N\xff.']],
    ['no end', [proto(4), 'N']],
    ['an empty stack', [proto(4), STOP]],
    ['a mark without values below', [proto(4), 'N', MARK, STOP]],
    ['a memo that was not written', [proto(4), 'h\x07.']],
    ['a frame past the end', [proto(4), '\x95', int64(1000), 'N.']],
    ['text past the end', [proto(4), 'X', int32(1000), 'N.']],
    ['text of more than 2⁵³ bytes', [proto(4), '\x8d', Buffer.alloc(8, 255), 'N.']],
    ['a negative length', [proto(4), '\x8b', int32(-1), 'N.']],
    ['a number beyond the end', [proto(4), '\x8b', int32(2_000_000_000), 'N.']],
    ['trailing data', [proto(4), 'N', STOP, 'xyz']],
    ['zeros behind', [proto(4), 'N', STOP, byte(0)]],
    ['an opcode after the end', [proto(4), 'N', STOP, REDUCE]],
  ])('%s', (_, parts) => {
    expect(scan(...parts).verdict).not.toBe('clean');
  });

  test('nesting that would fill the memory', () => {
    const report = scan(proto(4), Buffer.alloc(1_100_000, MARK), STOP);
    expect(report).toMatchObject({ verdict: 'unscanned', files: [{ reason: 'too_large' }] });
  });

  test('a scan out of time', () => {
    const report = scanFiles([fileOf('a', evil)], { expired: () => true });
    expect(report).toMatchObject({ verdict: 'unscanned', files: [{ reason: 'timed_out' }] });
  });
});

describe('arrays that joblib writes between the opcodes', () => {
  const wrapper = (content: Uint8Array, code = 'u1', state = dtypeState()): Buffer =>
    pickleOf(
      proto(4),
      stackGlobal('joblib.numpy_pickle', 'NumpyArrayWrapper'),
      EMPTY_TUPLE,
      NEWOBJ,
      EMPTY_DICT,
      MARK,
      text('shape'),
      int(content.length),
      TUPLE1,
      text('dtype'),
      dtype(code, state),
      'u',
      BUILD,
      content,
      STOP,
    );

  test('are skipped', () => {
    expect(scan(wrapper(Buffer.from([1, 2, 3, 255]))).verdict).toBe('clean');
  });

  test('are read as pickle, too, for a loader that knows nothing of them', () => {
    expect(rules(wrapper(pickleOf(system)))).toContain('pickle-two-readings');
  });

  test('hold a pickle where they hold objects', () => {
    expect(rules(wrapper(evil, 'O8', dtypeState(63)))).toEqual(['pickle-dangerous-import']);
  });

  test('past the end are malformed', () => {
    const whole = wrapper(Buffer.alloc(200));
    expect(rules(whole.subarray(0, -150))).toEqual(['pickle-malformed']);
  });
});

test('evidence is escaped and short', () => {
  const report = scan(calling('os\n::error::', `x${'\u202e'.repeat(500)}`));
  for (const { evidence = '' } of report.findings)
    expect([evidence.includes('\n'), evidence.length < 500]).toEqual([false, true]);
});

test('a tuple of values deep in the stack does not hide a call', () => {
  const deep = pickleOf(
    ...Array.from({ length: 200 }, () => MARK),
    system,
    ...Array.from({ length: 200 }, () => TUPLE),
    STOP,
  );
  expect(rules(proto(0), deep)).toContain('pickle-dangerous-import');
});

test('what the lists mark as checked is what the checks know', () => {
  const marked = [...listedGlobals()]
    .filter(([, , grade]) => grade === 'checked')
    .map(([module, name]) => `${module}.${name}`);
  expect(marked.sort()).toEqual([...CHECKED_NAMES].sort());
});
