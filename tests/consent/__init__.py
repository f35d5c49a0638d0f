"""Permission: words, ledger, grants, races and laws."""
