"""The columns of models/flight-delay/flights.odcs.yaml, as training reads them and as serving sends them.

All feature columns are inputs of the exported model, used or not: a new feature step then changes nothing for
whoever calls the model.
"""

import csv

import numpy as np

INTEGER, FLOAT, TEXT = "integer", "float", "text"

FEATURES = {
    "month": INTEGER,
    "day_of_week": INTEGER,
    "hour": INTEGER,
    "carrier": TEXT,
    "origin": TEXT,
    "dest": TEXT,
    "distance": FLOAT,
    "temp": FLOAT,
    "humid": FLOAT,
    "wind_speed": FLOAT,
    "precip": FLOAT,
    "visib": FLOAT,
}
LABEL = "late"
DATE = "date"

_PARSE = {INTEGER: int, FLOAT: float, TEXT: str}


def index(*names):
    """Positions of columns in the matrix that `read_flights` returns, for a ColumnTransformer."""
    order = list(FEATURES)
    return [order.index(name) for name in names]


def read_flights(path):
    """(features, labels, dates): an object matrix with one column per feature, 0/1 labels, and ISO dates."""
    features, labels, dates = [], [], []
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = {*FEATURES, LABEL, DATE} - set(reader.fieldnames or [])
        if missing:
            raise SystemExit(f"{path}: expected all contract columns, missing {', '.join(sorted(missing))}")
        for row in reader:
            try:
                features.append([_PARSE[kind](row[name]) for name, kind in FEATURES.items()])
                labels.append(int(row[LABEL]))
            except ValueError as error:
                raise SystemExit(f"{path}:{reader.line_num}: {error}") from error
            dates.append(row[DATE])
    return np.array(features, dtype=object), np.array(labels), np.array(dates)
