"""Drift of four columns with Evidently: its preset over two data frames, as its documentation starts with."""

import sys

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

head, base = (pd.read_parquet(path) for path in sys.argv[1:3])
print(Report([DataDriftPreset()]).run(head, base).dict()["metrics"][0])
