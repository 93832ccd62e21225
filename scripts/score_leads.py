"""Score leads: check, run, explain, export. `score_leads.py --help` lists the commands."""

from lead_scoring.cli import main

if __name__ == "__main__":
    main()
