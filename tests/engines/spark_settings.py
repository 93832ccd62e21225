"""Variables of the environment under which Spark loses less time on the data of tests."""

from __future__ import annotations

from pathlib import Path

# Java's better compiler costs more than it saves. Spark talks to itself by the address of a network
# where it finds one, which then has to stay.
SPARK = {
    "LEAD_SCORING_SPARK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "SPARK_LOCAL_IP": "127.0.0.1",
}
# On a handful of rows neither generated code nor a second partition is worth its while.
SMALL_SPARK = SPARK | {
    "LEAD_SCORING_SPARK_SHUFFLE_PARTITIONS": "1",
    "SPARK_CONF_DIR": str(Path(__file__).with_name("spark_interpreted")),
}
