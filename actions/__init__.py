"""Where Rasa calls back in. Thin: read the turn, make one domain call, say one thing.

Rasa's executor imports every module of this package and registers every action in it. An
action writes nothing: it adds effects to the turn, and the turn's one commit applies them.
"""
