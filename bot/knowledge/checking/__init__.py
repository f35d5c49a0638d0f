"""The parts of `bot.knowledge.check`: what is looked for, and how it is told."""
