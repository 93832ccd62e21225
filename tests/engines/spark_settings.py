"""Variables of the environment under which Spark loses less time on the data of tests."""

from __future__ import annotations

from pathlib import Path

# Java's better compiler costs more than it saves.
SPARK = {"LEAD_SCORING_SPARK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
# On a handful of rows neither generated code nor a second partition is worth its while.
SMALL_SPARK = SPARK | {
    "LEAD_SCORING_SPARK_SHUFFLE_PARTITIONS": "1",
    "SPARK_CONF_DIR": str(Path(__file__).with_name("spark_interpreted")),
}
