"""The checks of data-contract.ts with Great Expectations 1: a suite over a pandas data frame, in an ephemeral context."""

import sys

import great_expectations as gx
import pandas as pd

frame = pd.read_csv(sys.argv[1], parse_dates=["date"])
context = gx.get_context(mode="ephemeral")
asset = context.data_sources.add_pandas("flights").add_dataframe_asset(name="flights")
batch = asset.add_batch_definition_whole_dataframe("all")
columns = ["date", "delay", "distance", "origin", "destination"]
suite = context.suites.add(gx.ExpectationSuite(name="flights"))
expect = gx.expectations
for column in columns:
    suite.add_expectation(expect.ExpectColumnValuesToNotBeNull(column=column))
suite.add_expectation(
    expect.ExpectColumnValuesToBeBetween(
        column="date", min_value=pd.Timestamp("2001-01-01"), max_value=pd.Timestamp("2001-12-31")
    )
)
for column, low, high in (("delay", -2000, 2000), ("distance", 1, 6000)):
    suite.add_expectation(expect.ExpectColumnValuesToBeOfType(column=column, type_="int64"))
    suite.add_expectation(expect.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high))
for column in ("origin", "destination"):
    suite.add_expectation(expect.ExpectColumnValueLengthsToEqual(column=column, value=3))
    suite.add_expectation(expect.ExpectColumnValuesToMatchRegex(column=column, regex="^[A-Z]{3}$"))
suite.add_expectation(expect.ExpectTableColumnsToMatchSet(column_set=columns))
suite.add_expectation(expect.ExpectTableRowCountToBeBetween(min_value=1001))
suite.add_expectation(expect.ExpectCompoundColumnsToBeUnique(column_list=columns))
definition = context.validation_definitions.add(gx.ValidationDefinition(name="flights", data=batch, suite=suite))
result = definition.run(batch_parameters={"dataframe": frame})
print(result.success, result.statistics)
