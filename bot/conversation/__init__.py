"""Visitors, conversations, messages: the nouns, their store, and who waits for news of them."""
