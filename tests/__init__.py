"""The tests: real SQLite files, real PostgreSQL databases, no stand-ins for own code."""
