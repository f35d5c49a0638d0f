"""What a check finds, in a form for people and programs."""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge.articles import NOTE, HelpArticle


@dataclass(frozen=True)
class Finding:
    """Something to put right, with the file and line where it stands.

    An `error` does not work (a file that is left out, a golden question without its answer), a
    `warning` misleads or annoys visitors, a `note` is worth knowing. `code` names the kind.
    """

    file: str
    line: int
    severity: str
    code: str
    message: str

    @property
    def counts(self) -> bool:
        """Tell whether it makes the check fail; notes do not."""
        return self.severity != NOTE


def at(article: HelpArticle, line: int, severity: str, code: str, message: str) -> Finding:
    return Finding(article.file, line, severity, code, message)
