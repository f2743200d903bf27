import type { Names } from '../globals.ts';

/** Of NumPy 1 and 2. Array types are only named: instantiated with a buffer of their own they could take bytes for objects. */
export const NUMPY: Names = {
  numpy: `bool_~ bool~ bytes_~ byte~ cdouble~ clongdouble~ complex128~ complex256~ complex64~ csingle~ datetime64~
    double~ dtype() float128~ float16~ float32~ float64~ floating~ generic~ half~ inexact~ int16~ int32~ int64~
    int8~ int_~ intc~ integer~ longdouble~ longlong~ long~ matrix~ mean~ ndarray~ number~ object_~ poly1d
    recarray~ record~ short~ signedinteger~ single~ str_~ timedelta64~ ubyte~ uint16~ uint32~ uint64~ uint8~
    uintc~ uint~ ulonglong~ ulong~ unsignedinteger~ ushort~ void~`,
  'numpy._core.multiarray': '_reconstruct() scalar!',
  'numpy._core.numeric': '_frombuffer!',
  'numpy.core.multiarray': '_reconstruct() scalar!',
  'numpy.core.numeric': '_frombuffer!',
  'numpy.dtypes': `BoolDType() BytesDType() Complex64DType() Complex128DType() DateTime64DType() Float16DType() Float32DType()
    Float64DType() Int8DType() Int16DType() Int32DType() Int64DType() ObjectDType() StrDType() TimeDelta64DType()
    UInt8DType() UInt16DType() UInt32DType() UInt64DType() VoidDType()`,
  'numpy.ma': 'MaskedArray~',
  'numpy.ma.core': 'MaskedArray~ _mareconstruct!',
  'numpy.random._mt19937': 'MT19937~',
  'numpy.random._pcg64': 'PCG64~ PCG64DXSM~',
  'numpy.random._philox': 'Philox~',
  'numpy.random._pickle': '__bit_generator_ctor() __generator_ctor! __randomstate_ctor!',
  'numpy.random._sfc64': 'SFC64~',
  'numpy.random.bit_generator': 'SeedSequence~ __pyx_unpickle_SeedSequence()',
  'numpy.rec': 'recarray~',
};
