"""What makes Spark quick on a handful of rows, for which compiling takes longer than computing."""

from __future__ import annotations

from pathlib import Path

SMALL_SPARK = {
    "LEAD_SCORING_SPARK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "LEAD_SCORING_SPARK_SHUFFLE_PARTITIONS": "1",
    "SPARK_CONF_DIR": str(Path(__file__).with_name("small_spark_conf")),
}
