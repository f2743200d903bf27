import type { Names } from '../globals.ts';

/** What people give to `FunctionTransformer`: of each number another. None has a parameter that is a path or a function. */
const ELEMENTWISE = `abs~ absolute~ acos~ acosh~ add~ arccos~ arccosh~ arcsin~ arcsinh~ arctan~ arctan2~ arctanh~ asin~ asinh~ atan~
  atan2~ atanh~ cbrt~ ceil~ conj~ conjugate~ copysign~ cos~ cosh~ deg2rad~ degrees~ divide~ exp~ exp2~ expm1~
  fabs~ float_power~ floor~ floor_divide~ fmax~ fmin~ fmod~ heaviside~ hypot~ isfinite~ isinf~ isnan~ log~ log10~
  log1p~ log2~ logaddexp~ logaddexp2~ logical_not~ maximum~ minimum~ mod~ multiply~ negative~ positive~ pow~
  power~ rad2deg~ radians~ reciprocal~ remainder~ rint~ sign~ sin~ sinh~ sqrt~ square~ subtract~ tan~ tanh~
  true_divide~ trunc~`;

/** Of an array another one or a number, as steps of a pipeline and options keep them: of these, too, only the names. */
const WHOLE = `all~ amax~ amin~ any~ argmax~ argmin~ argsort~ array~ asarray~ ascontiguousarray~ atleast_1d~ atleast_2d~ average~
  column_stack~ concatenate~ count_nonzero~ cumprod~ cumsum~ diff~ dot~ expand_dims~ flip~ fliplr~ flipud~ hstack~ imag~ matmul~
  max~ median~ min~ nanmax~ nanmean~ nanmedian~ nanmin~ nanstd~ nansum~ ones_like~ percentile~ prod~ ptp~ quantile~ real~
  reshape~ sort~ squeeze~ stack~ std~ sum~ transpose~ unique~ var~ vstack~ where~ zeros_like~`;

/** Of NumPy 1 and 2. Array types are only named: instantiated with a buffer of their own they could take bytes for objects. */
export const NUMPY: Names = {
  numpy: `${ELEMENTWISE} ${WHOLE} clip~ nan_to_num~ ravel~ round~ bool_~ bool~ bytes_~ byte~ cdouble~ chararray~ clongdouble~ complex128~ complex256~ complex64~ csingle~ datetime64~
    double~ dtype() float128~ float16~ float32~ float64~ floating~ generic~ half~ inexact~ int16~ int32~ int64~
    int8~ int_~ intc~ integer~ longdouble~ longlong~ long~ matrix~ mean~ ndarray~ number~ object_~ poly1d
    recarray~ record~ short~ signedinteger~ single~ str_~ timedelta64~ ubyte~ uint16~ uint32~ uint64~ uint8~
    uintc~ uint~ ulonglong~ ulong~ unsignedinteger~ ushort~ vectorize void~`,
  'numpy._core._internal': '_convert_to_stringdtype_kwargs!',
  'numpy._core._multiarray_umath': ELEMENTWISE,
  'numpy._core.multiarray': '_reconstruct() scalar!',
  'numpy._core.numeric': '_frombuffer!',
  'numpy.char': 'chararray~',
  'numpy.core._multiarray_umath': ELEMENTWISE,
  'numpy.core.multiarray': '_reconstruct() scalar!',
  'numpy.core.numeric': '_frombuffer!',
  'numpy.dtypes': `BoolDType() BytesDType() Complex64DType() Complex128DType() DateTime64DType() Float16DType() Float32DType()
    Float64DType() Int8DType() Int16DType() Int32DType() Int64DType() ObjectDType() StrDType() TimeDelta64DType()
    UInt8DType() UInt16DType() UInt32DType() UInt64DType() VoidDType()`,
  'numpy.ma': 'MaskedArray~',
  'numpy.ma.core': 'MaskedArray~ MaskedConstant() _mareconstruct!',
  'numpy.polynomial.chebyshev': 'Chebyshev',
  'numpy.polynomial.hermite': 'Hermite',
  'numpy.polynomial.hermite_e': 'HermiteE',
  'numpy.polynomial.laguerre': 'Laguerre',
  'numpy.polynomial.legendre': 'Legendre',
  'numpy.polynomial.polynomial': 'Polynomial',
  'numpy.random._mt19937': 'MT19937~',
  'numpy.random._pcg64': 'PCG64~ PCG64DXSM~',
  'numpy.random._philox': 'Philox~',
  'numpy.random._pickle': '__bit_generator_ctor() __generator_ctor! __randomstate_ctor!',
  'numpy.random._sfc64': 'SFC64~',
  'numpy.random.bit_generator': 'SeedSequence~ __pyx_unpickle_SeedSequence()',
  'numpy.rec': 'recarray~',
};
