"""Permission: asked in exact words, kept in an append-only ledger, live only as a grant.

`notices` holds the words, `acts` writes what visitors decide, `effects` wraps that for a turn,
`grants` says what counts now, `verify` proves that nothing was changed afterwards.
"""
