"""The `askfirst` command and everything under it."""

from __future__ import annotations

import click

from bot import __version__
from bot.cli.asking import ask, chat
from bot.cli.data import consent, db, privacy, staff
from bot.cli.evaluating import evaluate
from bot.cli.helpful import helpful
from bot.cli.knowledge import knowledge
from bot.cli.serving import rasa, run, settings
from bot.cli.training import train


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="askfirst")
def main() -> None:
    """Askfirst: a self-hosted help assistant. Visitors ask first, and it asks first."""


for command in (
    run, ask, chat, train, settings, knowledge, evaluate, consent, privacy, staff, db, rasa
):  # fmt: skip
    main.add_command(command)
knowledge.add_command(helpful)
