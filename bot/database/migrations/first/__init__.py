"""The tables as migration 0001 made them: frozen, never edited after a release."""
