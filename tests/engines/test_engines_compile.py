"""Snowflake, BigQuery and Databricks: everything compiles, and two parsers read what comes out.

No server stands behind these tests, so what the parsers can't tell is held to lists: a function
that is on none of them fails, until somebody has looked it up.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
PYTHON = PROJECT / "build/warehouses/bin/python"
TARGETS = ("snowflake", "bigquery", "databricks")

# Of one name and meaning in all three.
SHARED = {
    *("abs", "cast", "chr", "coalesce", "count", "dense_rank", "exp", "floor", "greatest", "lag"),
    *("lead", "left", "least", "length", "ln", "lower", "max", "md5", "min", "mod", "nullif"),
    *("power", "regexp_replace", "replace", "right", "round", "row_number", "sqrt", "stddev_samp"),
    *("substr", "sum", "trim"),
}

# What the adapters' own macros write.
FROM_DBT = {
    "snowflake": {"dateadd", "datediff", "listagg", "position", "split_part"},
    "bigquery": {"datetime_add", "datetime_diff", "safe_offset", "split", "string_agg", "strpos"}
    | {"to_hex"},
    "databricks": {
        *("concat", "date_trunc", "get", "position", "regexp_extract", "split", "timestampdiff"),
    },
}

SNOWFLAKE = "https://docs.snowflake.com/sql-reference/functions/"
SNOWPARK = "https://docs.snowflake.com/en/developer-guide/snowpark/reference/python/"
BIGQUERY = "https://cloud.google.com/bigquery/docs/"
DATABRICKS = "https://docs.databricks.com/sql/language-manual/"

# What our macros write, and where it was looked up.
OURS = {
    "snowflake": {
        "contains": SNOWFLAKE + "contains",
        "convert_timezone": SNOWFLAKE + "convert_timezone",
        "object_construct_keep_null": SNOWFLAKE + "object_construct_keep_null",
        "regexp_instr": SNOWFLAKE + "regexp_instr",
        "split_to_table": SNOWFLAKE + "split_to_table",
        "to_json": SNOWPARK + "1.14.0/api/snowflake.snowpark.functions.to_json",
        "try_cast": SNOWPARK + "1.8.0/api/snowflake.snowpark.functions.try_cast",
    },
    "bigquery": {
        "array_reverse": BIGQUERY + "reference/standard-sql/array_functions",
        "regexp_contains": BIGQUERY + "reference/standard-sql/string_functions",
        "safe_cast": BIGQUERY + "reference/standard-sql/conversion_functions",
        "struct": BIGQUERY + "reference/standard-sql/json_functions",
        "timestamp_add": BIGQUERY + "reference/standard-sql/timestamp_functions",
        "to_json_string": BIGQUERY + "reference/standard-sql/json_functions",
        "unnest": BIGQUERY + "arrays",
    },
    "databricks": {
        "array_join": DATABRICKS + "functions/array_join.html",
        "array_sort": DATABRICKS + "functions/array_sort.html",
        "collect_list": "https://docs.databricks.com/spark/latest/spark-sql/language-manual"
        "/functions/collect_list.html",
        "explode": DATABRICKS + "sql-ref-syntax-qry-select-lateral-view.html",
        "map": DATABRICKS + "functions/to_json.html",
        "split_part": DATABRICKS + "functions/split_part.html",
        "struct": DATABRICKS + "functions/to_json.html",
        "timestampadd": DATABRICKS + "functions/timestampadd.html",
        "to_json": DATABRICKS + "functions/to_json.html",
        "transform": DATABRICKS + "functions/transform.html",
        "try_cast": "https://docs.azure.cn/en-us/databricks/spark/latest/spark-sql/language-manual"
        "/functions/try_cast",
    },
}

# What sqlglot does not know in any dialect.
UNKNOWN_TO_SQLGLOT: dict[str, dict[str, str]] = {
    "snowflake": {},
    "bigquery": {},
    "databricks": {"get": DATABRICKS + "functions/get.html"},
}

# Types without limits of their own. BigQuery reads bigint, integer and boolean as other names of
# its types: BIGQUERY + "reference/standard-sql/data-types".
CONTRACT_TYPES = {"string", "date", "timestamp", "bigint", "integer", "boolean"}
# BigQuery's load jobs take a name alone: BIGQUERY + "reference/rest/v2/tables#TableFieldSchema".
SEED_TYPES = {
    "snowflake": {
        *("text", "integer", "boolean", "decimal(8,4)", "decimal(11,4)", "decimal(18,10)"),
        *("date", "timestamp", "decimal(28,15)"),
    },
    "bigquery": {"string", "integer", "boolean", "date", "timestamp", "numeric", "bignumeric"},
    "databricks": {
        *("string", "integer", "boolean", "decimal(8,4)", "decimal(11,4)", "decimal(18,10)"),
        *("date", "timestamp", "decimal(28,15)"),
    },
}

DECIMAL = re.compile(r"(?P<name>\w+)\((?P<precision>\d+), ?(?P<scale>\d+)\)")
# The most digits, on BigQuery before the point, and the most decimals:
# https://docs.snowflake.com/en/sql-reference/data-types-numeric, BIGQUERY +
# "reference/standard-sql/data-types#parameterized_decimal_type", DATABRICKS +
# "data-types/decimal-type.html".
DECIMALS = {
    "snowflake": {"decimal": (38, 37)},
    "bigquery": {"bignumeric": (38, 38), "numeric": (29, 9), "decimal": (29, 9)},
    "databricks": {"decimal": (38, 38)},
}
# https://docs.snowflake.com/sql-reference/operators-arithmetic: a product has the decimals of both
# factors, but no more than the greater of 12 and those of the factor that has more.
SNOWFLAKE_SCALE = 12

# What sqlglot can't tell the type of.
UNKNOWN_TYPES = {
    "snowflake": {"lead_scoring__rejected_records.raw_record": ["VARCHAR", "UNKNOWN"]},
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """Compile and parse for the three side by side."""
    assert PYTHON.exists(), "make build/warehouses/.installed"
    script = str(Path(__file__).with_name("warehouse_sql.py"))
    folder = tmp_path_factory.mktemp("warehouses")
    running = {
        target: subprocess.Popen(
            [PYTHON, script, target, folder / target],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for target in TARGETS
    }
    found = {}
    for target, process in running.items():
        output, errors = process.communicate()
        assert process.returncode == 0, output + errors
        found[target] = json.loads(output.splitlines()[-1])
    yield found


@pytest.mark.parametrize("target", TARGETS)
def test_every_model_and_data_test_compiles(
    findings: dict[str, dict[str, Any]], target: str
) -> None:
    written = {path.name for path in (PROJECT / "models").rglob("*.sql")}
    written |= {path.name for path in (PROJECT / "tests/data").glob("*.sql")}
    assert written - set(findings[target]["files"]) == set()


@pytest.mark.parametrize("target", TARGETS)
def test_both_parsers_read_all_of_it(findings: dict[str, dict[str, Any]], target: str) -> None:
    assert findings[target]["broken"] == []


@pytest.mark.parametrize("target", TARGETS)
def test_every_function_is_one_of_the_warehouse(
    findings: dict[str, dict[str, Any]], target: str
) -> None:
    called = set(findings[target]["functions"])
    assert called - SHARED == FROM_DBT[target] | OURS[target].keys()
    assert set(findings[target]["unknown"]) == UNKNOWN_TO_SQLGLOT[target].keys()


@pytest.mark.parametrize("target", TARGETS)
def test_contracts_and_seeds_name_types_of_the_warehouse(
    findings: dict[str, dict[str, Any]], target: str
) -> None:
    found = findings[target]
    contracts = {kind for kind in found["contract_types"] if "(" not in kind}
    assert contracts == CONTRACT_TYPES
    assert set(found["seed_types"]) == SEED_TYPES[target]


@pytest.mark.parametrize("target", TARGETS)
def test_every_decimal_is_within_the_limits_of_the_warehouse(
    findings: dict[str, dict[str, Any]], target: str
) -> None:
    named = [*findings[target]["decimals"], *findings[target]["contract_types"]]
    named += findings[target]["seed_types"]
    decimals = [DECIMAL.fullmatch(kind) for kind in named if "(" in kind]
    assert len(decimals) > 10
    for decimal in decimals:
        assert decimal is not None
        digits, scale = DECIMALS[target][decimal["name"]]
        precision = int(decimal["precision"])
        assert int(decimal["scale"]) <= min(scale, precision), decimal[0]
        assert precision <= digits + (int(decimal["scale"]) if target == "bigquery" else 0)


@pytest.mark.parametrize("target", TARGETS)
def test_contracts_name_the_types_that_the_sql_has(
    findings: dict[str, dict[str, Any]], target: str
) -> None:
    contracts = findings[target]["contracts"]
    assert len(contracts) > 50
    assert {
        column: types for column, types in contracts.items() if types[0] != types[1]
    } == UNKNOWN_TYPES.get(target, {})


def test_products_keep_their_decimals_on_snowflake(findings: dict[str, dict[str, Any]]) -> None:
    products = findings["snowflake"]["products"]
    assert len(products) > 3
    shortened = {}
    for product, scales in products.items():
        kept = min(sum(scales), max(*scales, SNOWFLAKE_SCALE))
        if kept < sum(scales):
            shortened[product] = kept
    # The decay has 12 decimals, so 20 are all that there are; of log odds 12 are enough.
    assert shortened == {
        "decayed.full_points * cast(decayed.decay as decimal(21, 20))": 20,
        "conversion_model.coefficient * cast(contributions.points as decimal(19, 6))": 12,
        "conversion_model.coefficient * cast(scores.score as decimal(19, 6))": 12,
    }
