import type { Names } from '../globals.ts';

/** Of PyTorch: what `torch.save` writes for tensors and states, and the modules of `torch.nn` themselves. */
export const TORCH: Names = {
  torch: `bcomplex32~ bits16~ bits1x8~ bits2x4~ bits4x2~ bits8~ float4_e2m1fn_x2~ float8_e8m0fnu~ int1~ int2~ int3~ int4~ int5~ int6~
    int7~ quint2x4~ quint4x2~ uint1~ uint2~ uint3~ uint4~ uint5~ uint6~ uint7~ BFloat16Storage~ BoolStorage~ ByteStorage~ CharStorage~ ComplexDoubleStorage~ ComplexFloatStorage~
    DoubleStorage~ FloatStorage~ HalfStorage~ IntStorage~ LongStorage~ QInt32Storage~ QInt8Storage~
    QUInt2x4Storage~ QUInt4x2Storage~ QUInt8Storage~ ShortStorage~ Size= Tensor~ bfloat16~ bool~ channels_last~
    complex128~ complex32~ complex64~ contiguous_format~ device() float16~ float32~ float64~ float8_e4m3fnuz~
    float8_e4m3fn~ float8_e5m2fnuz~ float8_e5m2~ int16~ int32~ int64~ int8~ per_channel_affine~
    per_channel_affine_float_qparams~ per_channel_symmetric~ per_tensor_affine~ per_tensor_symmetric~ qint32~ qint8~ quint8~ sparse_coo~ sparse_csr~ strided~ uint16~ uint32~ uint64~ uint8~`,
  // Its functions of tensors, which `checks.ts` names.
  'torch._C': '_VariableFunctionsClass~',
  'torch._C._nn': 'gelu~ softplus~',
  'torch._tensor': '_rebuild_from_type_v2!',
  'torch._utils': `_rebuild_device_tensor_from_cpu_tensor() _rebuild_device_tensor_from_numpy()
    _rebuild_meta_tensor_no_storage() _rebuild_nested_tensor() _rebuild_parameter()
    _rebuild_parameter_with_state() _rebuild_qtensor() _rebuild_sparse_csr_tensor() _rebuild_sparse_tensor()
    _rebuild_tensor() _rebuild_tensor_v2() _rebuild_tensor_v3()`,
  'torch.amp.grad_scaler': 'GradScaler _refresh_per_optimizer_state~',
  'torch.distributions.bernoulli': 'Bernoulli',
  'torch.distributions.beta': 'Beta',
  'torch.distributions.binomial': 'Binomial',
  'torch.distributions.categorical': 'Categorical',
  'torch.distributions.cauchy': 'Cauchy',
  'torch.distributions.chi2': 'Chi2',
  'torch.distributions.continuous_bernoulli': 'ContinuousBernoulli',
  'torch.distributions.dirichlet': 'Dirichlet',
  'torch.distributions.distribution': 'Distribution',
  'torch.distributions.exp_family': 'ExponentialFamily',
  'torch.distributions.exponential': 'Exponential',
  'torch.distributions.fishersnedecor': 'FisherSnedecor',
  'torch.distributions.gamma': 'Gamma',
  'torch.distributions.generalized_pareto': 'GeneralizedPareto',
  'torch.distributions.geometric': 'Geometric',
  'torch.distributions.gumbel': 'Gumbel',
  'torch.distributions.half_cauchy': 'HalfCauchy',
  'torch.distributions.half_normal': 'HalfNormal',
  'torch.distributions.independent': 'Independent',
  'torch.distributions.inverse_gamma': 'InverseGamma',
  'torch.distributions.kumaraswamy': 'Kumaraswamy',
  'torch.distributions.laplace': 'Laplace',
  'torch.distributions.lkj_cholesky': 'LKJCholesky',
  'torch.distributions.log_normal': 'LogNormal',
  'torch.distributions.logistic_normal': 'LogisticNormal',
  'torch.distributions.lowrank_multivariate_normal': 'LowRankMultivariateNormal',
  'torch.distributions.mixture_same_family': 'MixtureSameFamily',
  'torch.distributions.multinomial': 'Multinomial',
  'torch.distributions.multivariate_normal': 'MultivariateNormal',
  'torch.distributions.negative_binomial': 'NegativeBinomial',
  'torch.distributions.normal': 'Normal',
  'torch.distributions.one_hot_categorical': 'OneHotCategorical OneHotCategoricalStraightThrough',
  'torch.distributions.pareto': 'Pareto',
  'torch.distributions.poisson': 'Poisson',
  'torch.distributions.relaxed_bernoulli': 'LogitRelaxedBernoulli RelaxedBernoulli',
  'torch.distributions.relaxed_categorical': 'ExpRelaxedCategorical RelaxedOneHotCategorical',
  'torch.distributions.studentT': 'StudentT',
  'torch.distributions.transformed_distribution': 'TransformedDistribution',
  'torch.distributions.transforms': `AbsTransform AffineTransform CatTransform ComposeTransform CorrCholeskyTransform
    CumulativeDistributionTransform ExpTransform IndependentTransform LowerCholeskyTransform PositiveDefiniteTransform
    PowerTransform ReshapeTransform SigmoidTransform SoftmaxTransform SoftplusTransform StackTransform
    StickBreakingTransform TanhTransform _InverseTransform`,
  'torch.distributions.uniform': 'Uniform',
  'torch.distributions.von_mises': 'VonMises',
  'torch.distributions.weibull': 'Weibull',
  'torch.distributions.wishart': 'Wishart',
  'torch.cuda.amp.grad_scaler': 'GradScaler _refresh_per_optimizer_state~',
  'torch.nn.functional': `binary_cross_entropy_with_logits~ binary_cross_entropy~ celu~ cosine_embedding_loss~ cross_entropy~ elu~ gelu~ glu~
    hardsigmoid~ hardswish~ hardtanh~ huber_loss~ kl_div~ l1_loss~ leaky_relu~ log_softmax~ mish~ mse_loss~ nll_loss~
    normalize~ relu6~ relu~ selu~ sigmoid~ silu~ smooth_l1_loss~ softmax~ softmin~ softsign~ tanh~ tanhshrink~`,
  'torch.nn.modules.activation': `CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU LogSigmoid LogSoftmax Mish
    MultiheadAttention PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid Softmax Softmax2d Softmin Softplus Softshrink
    Softsign Tanh Tanhshrink Threshold`,
  'torch.nn.modules.adaptive': 'AdaptiveLogSoftmaxWithLoss',
  'torch.nn.modules.batchnorm': `BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d SyncBatchNorm`,
  'torch.nn.modules.channelshuffle': 'ChannelShuffle',
  'torch.nn.modules.container': 'Container ModuleDict ModuleList ParameterDict ParameterList Sequential',
  'torch.nn.modules.conv': `Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LazyConv1d LazyConv2d LazyConv3d
    LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d`,
  'torch.nn.modules.distance': 'CosineSimilarity PairwiseDistance',
  'torch.nn.modules.dropout': 'AlphaDropout Dropout Dropout1d Dropout2d Dropout3d FeatureAlphaDropout',
  'torch.nn.modules.flatten': 'Flatten Unflatten',
  'torch.nn.modules.fold': 'Fold Unfold',
  'torch.nn.modules.instancenorm': `InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d`,
  'torch.nn.modules.linear': 'NonDynamicallyQuantizableLinear Bilinear Identity LazyLinear Linear',
  'torch.nn.modules.loss': `BCELoss BCEWithLogitsLoss CTCLoss CosineEmbeddingLoss CrossEntropyLoss GaussianNLLLoss HingeEmbeddingLoss
    HuberLoss KLDivLoss L1Loss LinearCrossEntropyLoss MSELoss MarginRankingLoss MultiLabelMarginLoss
    MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss NLLLoss2d PoissonNLLLoss SmoothL1Loss SoftMarginLoss
    TripletMarginLoss TripletMarginWithDistanceLoss`,
  'torch.nn.modules.module': 'Module _WrappedHook',
  'torch.nn.modules.normalization': 'CrossMapLRN2d GroupNorm LayerNorm LocalResponseNorm RMSNorm',
  'torch.nn.modules.padding': `CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d ReflectionPad1d
    ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d
    ZeroPad3d`,
  'torch.nn.modules.pixelshuffle': 'PixelShuffle PixelUnshuffle',
  'torch.nn.modules.pooling': `AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d
    AvgPool1d AvgPool2d AvgPool3d FractionalMaxPool2d FractionalMaxPool3d LPPool1d LPPool2d LPPool3d MaxPool1d
    MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d`,
  'torch.nn.modules.rnn': 'GRU GRUCell LSTM LSTMCell RNN RNNBase RNNCell RNNCellBase',
  'torch.nn.modules.sparse': 'Embedding EmbeddingBag',
  'torch.nn.modules.transformer': `Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer`,
  'torch.nn.modules.upsampling': 'Upsample UpsamplingBilinear2d UpsamplingNearest2d',
  'torch.nn.parallel.data_parallel': 'DataParallel',
  'torch.nn.parameter': 'Buffer~ Parameter~',
  'torch.nn.utils.prune': `CustomFromMask Identity L1Unstructured LnStructured PruningContainer RandomStructured RandomUnstructured`,
  'torch.nn.utils.rnn': 'PackedSequence()',
  'torch.nn.utils.spectral_norm': 'SpectralNorm SpectralNormLoadStateDictPreHook SpectralNormStateDictHook',
  'torch.nn.utils.weight_norm': 'WeightNorm',
  // They keep what is in the state; their hooks and functions are only what these lists name.
  'torch.optim': 'Adafactor Muon',
  'torch.optim.adadelta': 'Adadelta',
  'torch.optim.adagrad': 'Adagrad',
  'torch.optim.adam': 'Adam',
  'torch.optim.adamax': 'Adamax',
  'torch.optim.adamw': 'AdamW',
  'torch.optim.asgd': 'ASGD',
  'torch.optim.lbfgs': 'LBFGS',
  'torch.optim.lr_scheduler': `ChainedScheduler ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR ExponentialLR LambdaLR
    LinearLR MultiStepLR MultiplicativeLR OneCycleLR PolynomialLR ReduceLROnPlateau SequentialLR StepLR`,
  'torch.optim.nadam': 'NAdam',
  'torch.optim.radam': 'RAdam',
  'torch.optim.rmsprop': 'RMSprop',
  'torch.optim.rprop': 'Rprop',
  'torch.optim.sgd': 'SGD',
  'torch.optim.sparse_adam': 'SparseAdam',
  'torch.optim.swa_utils': 'AveragedModel SWALR',
  'torch.return_types': `aminmax= cummax= cummin= frexp= kthvalue= linalg_cholesky_ex= linalg_eig= linalg_inv_ex= linalg_ldl_factor= linalg_lstsq=
    linalg_lu= linalg_lu_factor= linalg_eigh= linalg_qr= linalg_slogdet= linalg_svd= max= median= min= mode=
    qr= sort= svd= topk=`,
  'torch.serialization': '_get_layout()',
  'torch.storage': 'TypedStorage~ UntypedStorage~ _load_from_bytes!',
  'torch.utils.data.dataset': 'ConcatDataset Subset TensorDataset',
  // What `torch.__version__` is: a text.
  'torch.torch_version': 'TorchVersion',
};
