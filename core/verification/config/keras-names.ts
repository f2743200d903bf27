/** Modules whose classes and functions a configuration may name, exactly: never a prefix, for `keras.utils` is one, too. */
export const MODULES: ReadonlySet<string> = new Set(
  `keras keras.activations keras.constraints keras.dtype_policies keras.initializers keras.layers keras.losses
  keras.metrics keras.models keras.optimizers keras.optimizers.legacy keras.optimizers.schedules keras.quantizers
  keras.random keras.regularizers keras.mixed_precision
  keras.src.models.functional keras.src.models.sequential keras.src.engine.functional keras.src.engine.sequential
  keras.engine.functional keras.engine.sequential keras.src.ops.numpy keras.src.ops.nn keras.src.ops.math
  keras.src.ops.core keras.src.ops.linalg keras.src.ops.image keras.src.dtype_policies.dtype_policy`.split(/\s+/),
);

/** Layers that load another file, or that hold the program of another framework. */
export const LOADERS: ReadonlySet<string> = new Set(
  'TFSMLayer TorchModuleWrapper JaxLayer FlaxLayer TensorFlowOpLayer ProgramLayer'.split(' '),
);

/** Layers whose `vocabulary` may be the path of a file that is read when the model is loaded. */
export const LOOKUPS: ReadonlySet<string> = new Set('StringLookup IntegerLookup TextVectorization'.split(' '));

/** Data that is serialized like an object, and evaluates nothing. */
export const VALUES: ReadonlySet<string> = new Set(
  '__keras_tensor__ __tensor__ __numpy__ __bytes__ __complex__ __ellipsis__ __slice__ __tuple__'.split(' '),
);

/** Functions of Keras that a configuration names as such. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  `celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid
  log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid
  sparsemax squareplus swish tanh tanh_shrink threshold
  categorical_generalized_cross_entropy concordance_correlation pearson_correlation
  binary_crossentropy binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy
  categorical_hinge circle cosine_similarity ctc dice hinge huber kl_divergence log_cosh mae mape mean_absolute_error
  mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error mse msle poisson
  sparse_categorical_crossentropy squared_hinge tversky
  binary_accuracy categorical_accuracy sparse_categorical_accuracy sparse_top_k_categorical_accuracy
  top_k_categorical_accuracy accuracy
  glorot_uniform glorot_normal he_normal he_uniform lecun_normal lecun_uniform zeros ones orthogonal l1 l2 l1_l2`.split(
    /\s+/,
  ),
);

/** Functions of TensorFlow outside of the modules below that compute from their arguments alone. */
const FUNCTIONS_OF_TENSORFLOW: ReadonlySet<string> = new Set(
  `abs acos acosh add add_n argmax argmin argsort asin asinh atan atan2 atanh boolean_mask broadcast_dynamic_shape
  broadcast_static_shape broadcast_to cast clip_by_global_norm clip_by_norm clip_by_value complex concat
  convert_to_tensor cos cosh cumsum divide edit_distance einsum ensure_shape equal exp expand_dims eye fill
  fingerprint floor gather gather_nd greater greater_equal guarantee_const histogram_fixed_width identity less
  less_equal linspace logical_and logical_not logical_or matmul maximum meshgrid minimum multiply negative norm
  not_equal one_hot ones ones_like pad parallel_stack pow range rank realdiv reduce_all reduce_any reduce_logsumexp
  reduce_max reduce_mean reduce_min reduce_prod reduce_sum repeat reshape reverse reverse_sequence roll round
  saturate_cast scalar_mul scatter_nd searchsorted sequence_mask shape shape_n sigmoid sign sin sinh size slice sort
  space_to_batch space_to_batch_nd split sqrt square squeeze stack stop_gradient strided_slice subtract
  tan tanh tensor_scatter_nd_add tensor_scatter_nd_max tensor_scatter_nd_min tensor_scatter_nd_sub
  tensor_scatter_nd_update tensordot tile transpose truncatediv truncatemod unique unique_with_counts unstack
  where zeros zeros_like`.split(/\s+/),
);

/** Whether an operator layer of Keras 2 names a function of TensorFlow that computes, and reads, writes and calls nothing else. */
export function isOperation(name: string): boolean {
  const short = name.replace(/^compat\.v1\./, '');
  return (
    FUNCTIONS_OF_TENSORFLOW.has(short) ||
    /^(?:bitwise|image|linalg|math|nn|quantization|random|signal|strings|__operators__)\.\w+$/.test(short)
  );
}
