"""All feature steps of the model. They are fitted in training and exported with the model."""

from sklearn.compose import ColumnTransformer

from . import schedule


def build_features():
    return ColumnTransformer([*schedule.steps()], sparse_threshold=0)
