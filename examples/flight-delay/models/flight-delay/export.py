"""The fitted feature steps and the model as one ONNX graph that takes raw contract columns by name."""

from onnx import checker
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.pipeline import Pipeline

from features.columns import FEATURES, FLOAT, INTEGER, TEXT

TENSOR = {INTEGER: Int64TensorType, FLOAT: FloatTensorType, TEXT: StringTensorType}
OPSET = {"": 17, "ai.onnx.ml": 3}  # read by every ONNX Runtime since 1.12


def write_onnx(features, model, path):
    """Inputs [N, 1] named like the columns; outputs `label` [N] and `probabilities` [N, 2]."""
    pipeline = Pipeline([("features", features), ("model", model)])
    onnx_model = to_onnx(
        pipeline,
        initial_types=[(name, TENSOR[kind]([None, 1])) for name, kind in FEATURES.items()],
        target_opset=OPSET,
        options={id(model): {"zipmap": False}},
        name="flight-delay",  # skl2onnx would draw a random one
    )
    # skl2onnx keeps the operator sets in a set; sorted, the same training gives the same bytes.
    operator_sets = sorted(onnx_model.opset_import, key=lambda operators: operators.domain)
    del onnx_model.opset_import[:]
    onnx_model.opset_import.extend(operator_sets)
    checker.check_model(onnx_model)
    path.write_bytes(onnx_model.SerializeToString(deterministic=True))
