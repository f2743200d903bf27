"""Writes what people save with libraries around scikit-learn into the folder that is given."""
import os, pickle, sys, warnings

warnings.filterwarnings("ignore")
import category_encoders
import imblearn.ensemble, imblearn.over_sampling, imblearn.pipeline, imblearn.under_sampling
import joblib
import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor
from gensim.corpora import Dictionary
from gensim.models import Phrases, TfidfModel, Word2Vec
from scipy import interpolate, optimize, stats
from sklearn.linear_model import LogisticRegression

folder = sys.argv[1]
rng = np.random.RandomState(0)
X = rng.rand(60, 3)
y = (X[:, 0] > 0.6).astype(int)
frame = pd.DataFrame({"a": ["x", "y", "z"] * 20, "b": X[:, 0]})
texts = [["a", "b", "c"], ["b", "c", "d"]] * 5
words = Dictionary(texts)
quiet = {"iterations": 2, "verbose": 0, "allow_writing_files": False}
values = {
    "catboost": [CatBoostClassifier(**quiet).fit(X, y), CatBoostRegressor(**quiet).fit(X, X[:, 1])],
    "balanced": imblearn.pipeline.make_pipeline(imblearn.over_sampling.SMOTE(), LogisticRegression()).fit(X, y),
    "under": imblearn.under_sampling.RandomUnderSampler().fit(X, y),
    "forest": imblearn.ensemble.BalancedRandomForestClassifier(n_estimators=2).fit(X, y),
    "encoders": [getattr(category_encoders, name)(cols=["a"]).fit(frame, pd.Series(y)) for name in ("TargetEncoder", "BinaryEncoder", "WOEEncoder", "CountEncoder")],
    "words": [words, TfidfModel(dictionary=words), Phrases(texts), Word2Vec(texts, vector_size=4, min_count=1)],
    "density": [stats.gaussian_kde(X[:, 0]), stats.multivariate_normal([0, 0]), stats.rv_histogram(np.histogram(X[:, 0]))],
    "interpolated": [interpolate.interp1d(range(9), range(9), kind=kind) for kind in ("linear", "cubic", "nearest", "previous")],
    "grid": interpolate.RegularGridInterpolator((range(3), range(3)), X[:3, :3]),
    "minimum": optimize.minimize(lambda x: (x**2).sum(), [1.0], method="L-BFGS-B"),
}
for name, value in values.items():
    for protocol in (2, 4):
        with open(os.path.join(folder, f"{name}.{protocol}.pkl"), "wb") as file:
            pickle.dump(value, file, protocol)
    joblib.dump(value, os.path.join(folder, f"{name}.joblib"), compress=3)
