"""The steps themselves, in order of their number."""
