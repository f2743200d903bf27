export const json = (value: unknown): string => JSON.stringify(value, null, 2);

export const LLAMA = {
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  bos_token_id: 1,
  hidden_act: 'silu',
  model_type: 'llama',
  rope_scaling: null,
  torch_dtype: 'float16',
  _name_or_path: 'org/model',
  _attn_implementation: 'sdpa',
};
export const TOKENIZER = {
  added_tokens_decoder: { '0': { content: '<unk>', special: true } },
  chat_template: "{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}{% endfor %}",
  model_max_length: 1e30,
  tokenizer_class: 'LlamaTokenizer',
};
export const MLMODEL = `artifact_path: model
flavors:
  python_function:
    code: null
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.12.3
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.5.0
mlflow_version: 2.14.1
utc_time_created: '2024-06-01 10:00:00.000000'
`;
export const CONDA = `channels:
- conda-forge
dependencies:
- python=3.12.3
- pip<=24.0
- pip:
  - mlflow==2.14.1
  - scikit-learn==1.5.0
name: mlflow-env
`;

export const KERAS = {
  module: 'keras',
  class_name: 'Sequential',
  config: {
    name: 'sequential',
    layers: [
      { module: 'keras.layers', class_name: 'InputLayer', config: { batch_shape: [null, 4] }, registered_name: null },
      {
        module: 'keras.layers',
        class_name: 'Dense',
        config: {
          units: 2,
          activation: 'relu',
          kernel_initializer: {
            module: 'keras.initializers',
            class_name: 'GlorotUniform',
            config: { seed: null },
            registered_name: null,
          },
        },
        registered_name: null,
        build_config: { input_shape: [null, 4] },
      },
    ],
  },
  registered_name: 'Sequential',
  compile_config: { loss: { module: 'builtins', class_name: 'function', config: 'mse', registered_name: 'function' } },
};
export const keras = (layer: unknown): string => json({ ...KERAS, config: { layers: [layer] } });
