"""The checks of data-contract.ts with pandas, as its documentation has one write them: vectorised, column by column.

It does what our report states as well: a digest of the file, and a profile of each column. A second argument names the
engine that reads CSV.
"""

import hashlib
import sys

import pandas as pd

path = sys.argv[1]
engine = sys.argv[2] if len(sys.argv) > 2 else "c"
with open(path, "rb") as file:
    print(hashlib.file_digest(file, "sha256").hexdigest())
frame = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path, parse_dates=["date"], engine=engine)
violations = {}
for column in frame.columns:
    violations[f"{column}: required"] = int(frame[column].isna().sum())
violations["date: type"] = 0 if str(frame["date"].dtype).startswith("datetime64") else len(frame)
violations["date: range"] = int((~frame["date"].between("2001-01-01", "2001-12-31")).sum())
for column, low, high in (("delay", -2000, 2000), ("distance", 1, 6000)):
    violations[f"{column}: type"] = 0 if frame[column].dtype.kind == "i" else len(frame)
    violations[f"{column}: range"] = int((~frame[column].between(low, high)).sum())
for column in ("origin", "destination"):
    violations[f"{column}: length"] = int((frame[column].str.len() != 3).sum())
    violations[f"{column}: pattern"] = int((~frame[column].str.fullmatch("[A-Z]{3}")).sum())
violations["rows"] = len(frame)
repeated = frame.duplicated()
violations["all: unique"] = int(repeated.sum())
if repeated.any():
    print(frame[frame.duplicated(keep=False)].head(20))
for column in frame.columns:
    counts = frame[column].value_counts()
    print(column, len(counts), counts.head(20).to_dict(), counts.index.min(), counts.index.max())
for column in ("origin", "destination"):
    lengths = frame[column].str.len()
    print(column, lengths.min(), lengths.max())
numbers = frame[["delay", "distance"]]
print(numbers.describe(percentiles=[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]))
print({column: pd.cut(frame[column], 20).value_counts().tolist() for column in numbers})
print(violations)
