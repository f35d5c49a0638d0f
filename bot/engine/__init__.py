"""Rasa open source, embedded. Only this package and `nlu` import it; `actions` uses its SDK.

Importing this package makes Rasa importable, quiet and mute (`rasa_ready`): without that its
modules cannot even be read, so it is the one thing done at import.
"""

from bot.engine.rasa_ready import prepare

prepare()
