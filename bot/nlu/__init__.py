"""Rasa graph components: how a visitor's words become tokens, entities and a need."""
