"""`python -m bot.cli` is `askfirst`."""

from bot.cli.main import main

main()
