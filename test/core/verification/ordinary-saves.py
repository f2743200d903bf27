"""Writes what people save, with the libraries that they save it with, into the folder that is given."""
import gzip, json, os, pickle, sys, warnings

warnings.filterwarnings("ignore")
folder = sys.argv[1]
import joblib
import numpy as np


def path(name):
    return os.path.join(folder, name)


def dump(name, value):
    for protocol in (0, 2, 4, 5):
        pickled = pickle.dumps(value, protocol=protocol)
        # Buffers of Arrow are judged where they stand as bytes; lines of text, as protocol 0 has them, are held.
        if protocol == 0 and b"pyarrow" in pickled:
            continue
        with open(path(f"{name}.{protocol}.pkl"), "wb") as file:
            file.write(pickled)
    joblib.dump(value, path(f"{name}.joblib"))


def arrays():
    rng = np.random.default_rng(0)
    values = {
        "floats": rng.random((50, 4)),
        "fortran": np.asfortranarray(rng.random((5, 4), dtype=np.float32)),
        "words": np.array(["a", "bcd"]),
        "dates": np.array(["2020-01-01"], "M8[D]"),
        "records": np.zeros(3, [("a", "<i4"), ("b", "<f8", (2,))]),
        "records-of-objects": np.array([(1, "a", ("x", 2))], [("a", "<i4"), ("b", "O"), ("c", [("d", "O"), ("e", "<i2")])]),
        "records-with-attributes": np.rec.array([(1, "a")], dtype=[("a", "<i4"), ("b", "O")]),
        "records-with-titles": np.zeros(2, [(("title", "a"), "O"), ("b", "U3")]),
        "many-columns": np.zeros(2, [(f"column{at}", "f4") for at in range(200)]),
        "objects": np.array([None, "x", 1.5, {"a": 1}], object),
        "texts": np.array(["a", "bcd"], np.dtypes.StringDType()),
        "texts-or-none": np.array(["a", None], np.dtypes.StringDType(na_object=None)),
        "scalar": np.float64(1.5),
        "empty": np.zeros((0, 3)),
    }
    for name, value in values.items():
        np.save(path(f"{name}.npy"), value)
        dump(name, value)
    np.savez(path("all.npz"), **values)
    np.savez_compressed(path("all-compressed.npz"), **values)
    dump("generators", [np.random.RandomState(1), rng])


def joblib_compressions():
    value = {"a": np.arange(10_000.0), "b": ["text"] * 100, "c": np.array([None, {}], object)}
    for level in (1, 3, 9):
        joblib.dump(value, path(f"zlib-{level}.joblib"), compress=("zlib", level))
        joblib.dump(value, path(f"gzip-{level}.joblib"), compress=("gzip", level))
    for method in ("bz2", "lzma", "xz", "lz4"):
        joblib.dump(value, path(f"{method}.joblib"), compress=(method, 3))
    joblib.dump(np.arange(100_000.0), path("level.joblib"), compress=3)


def estimators():
    from sklearn.datasets import make_classification
    from sklearn.utils import all_estimators

    X, y = make_classification(60, 6, n_informative=4, random_state=0)
    count = 0
    for name, kind in all_estimators():
        try:
            model = kind()
        except TypeError:
            continue
        for inputs in ((X, y), (np.abs(X), y), ([f"some text {n}" for n in range(60)],)):
            try:
                model.fit(*inputs)
                break
            except Exception:
                pass
        with open(path(f"estimator-{name}.pkl"), "wb") as file:
            pickle.dump(model, file)
        joblib.dump(model, path(f"estimator-{name}.joblib"))
        count += 1
    return count


def composed():
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from scipy import stats
    from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    import pandas as pd

    rng = np.random.RandomState(0)
    frame = pd.DataFrame({"a": rng.rand(80), "b": rng.choice(["x", "y"], 80), "d": pd.date_range("2020", periods=80)})
    y = (frame["a"] > 0.5).astype(int)
    columns = ColumnTransformer([("n", StandardScaler(), ["a"]), ("c", OneHotEncoder(), ["b"])])
    forest = RandomForestClassifier(n_estimators=10, random_state=rng)
    voting = VotingClassifier([("l", LogisticRegression()), ("f", forest)])
    search = GridSearchCV(make_pipeline(columns, LogisticRegression()), {"logisticregression__C": [0.1, 1]}, scoring="roc_auc")
    dump("pipeline", make_pipeline(columns, voting).fit(frame, y))
    dump("search", search.fit(frame, y))
    given = {"C": stats.loguniform(1e-3, 10), "tol": stats.uniform(1e-4, 1e-2), "max_iter": stats.randint(50, 90)}
    dump("random-search", RandomizedSearchCV(LogisticRegression(), given, n_iter=2).fit(frame[["a"]], y))
    for kind in vars(stats).values():
        if isinstance(kind, (stats.rv_continuous, stats.rv_discrete)) and kind is not stats.levy_stable:
            with open(path(f"distribution-{kind.name}.pkl"), "wb") as file:
                pickle.dump(kind, file)
    dump("gradient", GradientBoostingClassifier(n_estimators=5).fit(frame[["a"]], y))
    dump("histogram", HistGradientBoostingClassifier(max_iter=5).fit(frame[["a"]], y))
    dump("sgd", SGDClassifier(loss="log_loss").fit(frame[["a"]], y))
    dump("frame", frame)
    dump("series", frame.set_index("d")["a"])
    dump("categories", frame["b"].astype("category"))


def boosted():
    import lightgbm
    import xgboost

    rng = np.random.RandomState(0)
    X, y = rng.rand(60, 4), rng.randint(0, 2, 60)
    model = xgboost.XGBClassifier(n_estimators=4).fit(X, y)
    dump("xgboost", model)
    dump("xgboost-booster", model.get_booster())
    dump("lightgbm", lightgbm.LGBMClassifier(n_estimators=4, verbose=-1).fit(X, y))
    dump("lightgbm-booster", lightgbm.train({"verbose": -1}, lightgbm.Dataset(X, y), 3))


def configs():
    config = {"model_type": "bert", "hidden_size": 768, "architectures": ["BertModel"], "id2label": {"0": "a"}}
    for name in ("config.json", "tokenizer_config.json", "special_tokens_map.json"):
        with open(path(name), "w") as file:
            json.dump(config, file, indent=2)
    with open(path("vocab.txt"), "w") as file:
        file.write("[PAD]\n[UNK]\nthe\ncat\n")
    with gzip.open(path("vocab.json.gz"), "wt") as file:
        json.dump(config, file)


def python_values():
    import argparse, array, collections, datetime, decimal, fractions, pathlib, random, types, uuid, zoneinfo

    zone = zoneinfo.ZoneInfo("UTC")
    values = {
        "options": [argparse.Namespace(rate=0.1), types.SimpleNamespace(rate=0.1), random.Random(1), random.getstate()],
        "times": [datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.timezone.utc), datetime.date(2026, 1, 2), datetime.timedelta(1), datetime.datetime(2026, 1, 2, tzinfo=zone)],
        "collections": [collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1], 3), collections.defaultdict(list, a=[1])],
        "numbers": [decimal.Decimal("1.5"), fractions.Fraction(1, 3), 10**40, 1.5j, float("nan"), range(3), slice(1, 2)],
        "names": [uuid.UUID(int=5), pathlib.PurePosixPath("a/b"), frozenset("ab"), {1, 2}, b"bytes", bytearray(b"x"), bytearray(b"long" * 50), array.array("d", [1, 2]), Ellipsis],
    }
    for name, value in values.items():
        dump(f"python-{name}", value)


def frames():
    """Text as pandas keeps it by default where pyarrow is installed, and values of its types."""
    import decimal
    import pandas as pd
    import pyarrow as pa

    frame = pd.DataFrame({"a": ["x", "é", None] * 30, "b": range(90)})
    values = {
        "texts": frame,
        "slice": frame.iloc[7:40],
        "empty": frame.iloc[:0],
        "index": frame.set_index("a").index,
        "levels": frame.set_index(["a", "b"]).index,
        "categories": frame["a"].astype("category"),
        "objects": frame["a"].astype(pd.StringDtype("python")),
        "nullable": frame["a"].astype("string"),
        "backed": frame.convert_dtypes(dtype_backend="pyarrow"),
        "typed": pd.DataFrame({
            "b": pd.array([True, None], "bool[pyarrow]"),
            "t": pd.array([pd.Timestamp("2020"), None], "timestamp[ns][pyarrow]"),
            "z": pd.array([pd.Timestamp("2020", tz="UTC"), None], pd.ArrowDtype(pa.timestamp("us", "UTC"))),
            "d": pd.array([decimal.Decimal("1.5"), None], pd.ArrowDtype(pa.decimal128(10, 2))),
        }),
    }
    for name, value in values.items():
        dump(f"frame-{name}", value)


def interpolated():
    from scipy import interpolate

    x, y = [1.0, 2.0, 3.0], [1.0, 4.0, 9.0]
    values = {
        "akima": interpolate.Akima1DInterpolator(x, y),
        "cubic": interpolate.CubicSpline(x, y),
        "hermite": interpolate.CubicHermiteSpline(x, y, y),
        "monotonic": interpolate.PchipInterpolator(x, y),
        "pieces": interpolate.PPoly([[1.0, 2.0]], x),
        "bernstein": interpolate.BPoly([[1.0, 2.0]], x),
    }
    # They can't be written by the first protocols.
    for name, value in values.items():
        joblib.dump(value, path(f"interpolated-{name}.joblib"))


def sparse():
    from scipy import sparse

    matrix = sparse.random(6, 5, 0.4, random_state=0)
    for kind in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil"):
        dump(f"sparse-{kind}", matrix.asformat(kind))
        dump(f"sparse-array-{kind}", sparse.coo_array(matrix).asformat(kind))


def chosen():
    """Losses, functions, searches and encoders that are no default of any estimator."""
    from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer
    from sklearn import compose, ensemble, feature_extraction, feature_selection, impute, linear_model, metrics, model_selection, neural_network, preprocessing
    from sklearn.datasets import load_iris
    from sklearn.pipeline import make_pipeline
    import functools
    import pandas as pd

    X, y = load_iris(return_X_y=True)
    frame = pd.DataFrame(X[:, :3], columns=list("abc")).assign(kind=pd.Categorical(np.where(X[:, 3] > 1, "wide", "narrow")))
    selector = compose.make_column_selector(dtype_include="number")
    columns = compose.make_column_transformer((impute.SimpleImputer(), selector), (preprocessing.OneHotEncoder(), ["kind"]))
    sgd = ("hinge", "squared_hinge", "modified_huber", "log_loss", "huber", "epsilon_insensitive", "squared_epsilon_insensitive")
    scores = ("chi2", "f_classif", "f_regression", "r_regression", "mutual_info_classif", "mutual_info_regression")
    metric = ("fbeta_score", "cohen_kappa_score", "hamming_loss", "mean_pinball_loss", "ndcg_score", "silhouette_score")
    values = {
        "many-classes": ensemble.GradientBoostingClassifier(n_estimators=2).fit(X, y),
        "categorical": ensemble.HistGradientBoostingClassifier(max_iter=2, categorical_features="from_dtype").fit(frame, y),
        "quantile": ensemble.HistGradientBoostingRegressor(loss="quantile", quantile=0.5, max_iter=2).fit(X, X[:, 0]),
        "selected": make_pipeline(columns, linear_model.LogisticRegression(max_iter=20)).fit(frame, y),
        "sgd-losses": [linear_model.SGDClassifier(loss=loss).fit(X, y) for loss in sgd],
        "score-functions": [feature_selection.SelectKBest(getattr(feature_selection, name), k=2).fit(X, y) for name in scores],
        "scorers": [metrics.make_scorer(getattr(metrics, name)) for name in metric],
        "functions": [preprocessing.FunctionTransformer(*pair).fit(X) for pair in ((np.log1p, np.expm1), (np.sqrt, np.square), (np.nan_to_num,), (np.clip,), (np.sort,), (preprocessing.scale,), (functools.partial(np.clip, a_min=0, a_max=1),))],
        "options": feature_selection.SelectKBest(functools.partial(feature_selection.mutual_info_classif, random_state=0), k=2).fit(X, y),
        "splits": model_selection.GridSearchCV(linear_model.Ridge(), {"alpha": [0.1, 1]}, cv=list(model_selection.KFold(2).split(X))).fit(X, X[:, 0]),
        "plots": [metrics.RocCurveDisplay(fpr=X[:, 0], tpr=X[:, 1]), metrics.ConfusionMatrixDisplay(metrics.confusion_matrix(y, y))],
        "halving": model_selection.HalvingGridSearchCV(linear_model.Ridge(), {"alpha": [0.1, 1]}, cv=2).fit(X, X[:, 0]),
        "iterative": impute.IterativeImputer(max_iter=2).fit(np.where(X > 5, np.nan, X)),
        "perceptron": neural_network.MLPClassifier([3], solver="sgd", max_iter=2).fit(X, y),
        "words": feature_extraction.text.CountVectorizer(tokenizer=str.split, preprocessor=str.lower).fit(["Some words"]),
        "polynomials": [np.polynomial.Polynomial([1, 2]), np.polynomial.Chebyshev([1, 2])],
        "pandas-types": pd.DataFrame({kind: pd.array([1, None], dtype=kind) for kind in ("Int8", "UInt32", "Float32")}),
        "intervals": pd.Series(pd.interval_range(0, 2)),
        "category-index": pd.DataFrame({"a": [1]}, pd.CategoricalIndex(["x"])),
        "offsets": [pd.date_range("2026", periods=2, freq=freq) for freq in ("BMS", "QS", "YS", "SME", "ms", "bh")] + [pd.DateOffset(months=1)],
    }
    for name, value in values.items():
        dump(f"chosen-{name}", value)


def fitted():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.datasets import make_classification
    from sklearn.ensemble import StackingClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.gaussian_process import GaussianProcessClassifier
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import FeatureUnion, make_pipeline
    from sklearn.svm import SVC
    from sklearn.decomposition import PCA
    from sklearn.feature_selection import SelectKBest
    from sklearn.tree import DecisionTreeClassifier

    X, y = make_classification(60, 6, n_informative=4, random_state=0)
    texts = [f"some text {n} {'good' if n % 2 else 'bad'}" for n in range(60)]
    dump("text", make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), MultinomialNB()).fit(texts, y))
    dump("calibrated", CalibratedClassifierCV(SVC(), cv=2).fit(X, y))
    dump("stacking", StackingClassifier([("t", DecisionTreeClassifier()), ("s", SVC())], LogisticRegression(), cv=2).fit(X, y))
    dump("process", GaussianProcessClassifier(ConstantKernel() * RBF() + WhiteKernel()).fit(X, y))
    dump("union", make_pipeline(FeatureUnion([("p", PCA(2)), ("k", SelectKBest(k=2))]), LogisticRegression()).fit(X, y))


python_values()
sparse()
frames()
interpolated()
fitted()
chosen()
arrays()
joblib_compressions()
print(estimators())
composed()
boosted()
configs()
