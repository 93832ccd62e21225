"""The command around the dbt project: check, run, publish, export, explain."""

import time

# This module is the first of ours that is imported: the report says where the time went.
STARTED_AT = time.monotonic()
