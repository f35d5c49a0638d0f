"""Sentence encoders: a text becomes a vector whose direction is its meaning. One copy a process.

English is read by all-MiniLM-L6-v2, every language by the multilingual Universal Sentence
Encoder v3. Both come inside packages that the lock pins; nothing is fetched while running.
"""

from bot.nlu.encoder.encoders import Encoder, shared_encoder

__all__ = ["Encoder", "shared_encoder"]
