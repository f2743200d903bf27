"""The checks of data-contract.ts with pandera: a schema of columns, validated lazily so that every failure is found."""

import sys

import pandas as pd
import pandera.pandas as pa

frame = pd.read_csv(sys.argv[1], parse_dates=["date"])
code = [pa.Check.str_length(3, 3), pa.Check.str_matches(r"^[A-Z]{3}$")]
schema = pa.DataFrameSchema(
    {
        "date": pa.Column("datetime64[ns]", pa.Check.in_range(pd.Timestamp("2001-01-01"), pd.Timestamp("2001-12-31"))),
        "delay": pa.Column("int64", pa.Check.in_range(-2000, 2000)),
        "distance": pa.Column("int64", pa.Check.in_range(1, 6000)),
        "origin": pa.Column("object", code),
        "destination": pa.Column("object", code),
    },
    unique=["date", "delay", "distance", "origin", "destination"],
    strict=True,
)
try:
    schema.validate(frame, lazy=True)
except pa.errors.SchemaErrors as failures:
    print(len(failures.failure_cases))
