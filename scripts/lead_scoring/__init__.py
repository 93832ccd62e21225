"""The command around the dbt project: check, run, publish, export, explain."""
