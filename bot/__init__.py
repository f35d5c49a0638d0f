"""Askfirst: visitors ask first, and it asks first. Read this for the journey of one message.

1. `channels` turn a request into a message and hand it to `turns`.
2. `turns` commits it (redacted, once per channel and native id) and acknowledges it.
3. While staff have the conversation it stops there: `desk` shows it.
4. Else `engine` (Rasa, embedded) understands it and runs one of our `actions`.
5. Actions read `knowledge` and `consent`, and return replies and effects; they write nothing.
6. `turns` commits dialogue state, ledger events, rows and replies in one transaction.
7. `channels` deliver what was committed; mail leaves by the outbox (`follow_ups`).

A module imports only from the floors below it; `tests/test_layers.py` holds the list.
"""

__version__ = "0.1.0"
