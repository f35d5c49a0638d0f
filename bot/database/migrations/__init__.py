"""The way from an older database to this program's tables, one numbered step at a time."""
