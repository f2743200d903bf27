import type { Names } from '../globals.ts';

/** Of XGBoost and LightGBM. Their boosters hold the native format, which the library parses. */
export const BOOSTING: Names = {
  'lightgbm.basic': 'Booster',
  'lightgbm.compat': '_LGBMLabelEncoder',
  'lightgbm.sklearn': 'LGBMClassifier LGBMModel LGBMRanker LGBMRegressor',
  'xgboost.callback': 'EarlyStopping',
  'xgboost.compat': 'XGBoostLabelEncoder',
  'xgboost.core': 'Booster',
  'xgboost.sklearn': 'XGBClassifier XGBModel XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor',
};
