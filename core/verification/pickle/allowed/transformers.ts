import type { Names } from '../globals.ts';

/**
 * Of transformers and accelerate: what `Trainer` leaves in `training_args.bin` beside every model. Data classes whose state is
 * attributes, and enumerations, which look their member up; what they say is acted upon by who trains with them, not by a load.
 */
export const TRANSFORMERS: Names = {
  'accelerate.state': 'PartialState',
  'accelerate.utils.dataclasses': 'DistributedType()',
  'peft.tuners.lora.config': 'LoraConfig LoraRuntimeConfig',
  'peft.utils.peft_types': 'PeftType() TaskType()',
  'transformers.tokenization_utils_base': 'BatchEncoding',
  'transformers.trainer_pt_utils': 'AcceleratorConfig',
  'transformers.trainer_utils': `EvaluationStrategy() FSDPOption() HubStrategy() IntervalStrategy() SaveStrategy() SchedulerType()`,
  'transformers.training_args': 'OptimizerNames() TrainingArguments',
  'transformers.training_args_seq2seq': 'Seq2SeqTrainingArguments',
};
