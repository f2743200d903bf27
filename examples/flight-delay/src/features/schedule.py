"""What the timetable says about a flight."""

from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder

from .columns import index


def steps():
    part_of_day = KBinsDiscretizer(
        n_bins=4, encode="onehot-dense", strategy="quantile", quantile_method="averaged_inverted_cdf"
    )
    return [
        ("part_of_day", part_of_day, index("hour")),
        ("calendar", "passthrough", index("month", "day_of_week")),
        ("airline", OneHotEncoder(handle_unknown="ignore", sparse_output=False), index("carrier", "origin")),
        ("route", "passthrough", index("distance")),
    ]
