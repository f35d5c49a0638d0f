"""The database: migrations, the guards of the ledger, the gates of handoff and follow-up."""
