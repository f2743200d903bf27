/** A check of inputs, functions of arrays, and layers: whatever the options, they make numbers of what they are given. */
export const WITH_OPTIONS: ReadonlySet<string> = new Set([
  'sklearn.utils.validation.check_array',
  ...'clip divide log max mean median min multiply nan_to_num power quantile round std subtract sum'
    .split(' ')
    .map((name) => `numpy.${name}`),
  ...['classif', 'regression'].map((of) => `sklearn.feature_selection._mutual_info.mutual_info_${of}`),
  ...'ELU GELU Hardswish LeakyReLU ReLU ReLU6 SiLU'.split(' ').map((name) => `torch.nn.modules.activation.${name}`),
  'torch.nn.modules.batchnorm.BatchNorm2d',
  'torch.nn.modules.normalization.GroupNorm',
  'torch.nn.modules.normalization.LayerNorm',
  'torchvision.models.convnext.LayerNorm2d',
]);

/** Functions of numbers that schedulers and layers of PyTorch and interpolations of SciPy keep, which protocols before 4 write as attributes. */
export const SCALES: ReadonlySet<string> = new Set([
  ...['_triangular_scale_fn', '_triangular2_scale_fn'].map((name) => `torch.optim.lr_scheduler.CyclicLR.${name}`),
  ...'abs celu cos erf exp log log_softmax relu selu sigmoid sin softmax sqrt square tan tanh'
    .split(' ')
    .map((name) => `torch._C._VariableFunctionsClass.${name}`),
  ...['_cosine_anneal', '_linear_anneal'].map((name) => `torch.optim.swa_utils.SWALR.${name}`),
  ...'_call_linear _call_linear_np _call_nan_spline _call_nearest _call_previousnext _call_spline'
    .split(' ')
    .map((name) => `scipy.interpolate._interpolate.interp1d.${name}`),
]);

/** What stands for itself in a state. */
export const DATA_TYPES: ReadonlySet<string> = new Set(
  'bool bytearray bytes complex dict float frozenset int list object range set slice str tuple'.split(' '),
);

/** What vectorizers of text are given to take words apart. */
export const TEXT_METHODS: ReadonlySet<string> = new Set('split lower upper strip casefold splitlines'.split(' '));

/** Types of Python by which `copyreg` makes an object of a class. */
export const PLAIN_BASES: ReadonlySet<string> = new Set(
  'object dict list set frozenset tuple int float str bytes'.split(' ').map((name) => `builtins.${name}`),
);
