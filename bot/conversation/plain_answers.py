"""Yes and stop in plain words: only a message that says nothing else counts as either.

A permission, and an erasure even more, must not follow from a guess. What is not in these
lists is never a yes; the question is then put once more, with its buttons. They are data for
the languages shipped: a further language adds its words here.
"""

from __future__ import annotations

import re

YES = frozenset(
    {
        # English
        "yes", "yes please", "yes thanks", "yes thank you", "yes ok", "yes okay", "yes sure",
        "yes of course", "yes i agree", "yes i do", "yes you may", "yes go ahead", "yes do it",
        "yes do", "yes please do", "yes that is fine", "yes thats fine", "yes share it",
        "yes share this conversation", "yes please share it", "yes mail me", "yes email me",
        "yes send it", "yes please send it", "yes mail it", "yes please mail it", "yes erase it",
        "yes erase everything", "yes please mail me", "yes please email me",
        "y", "yeah", "yeah sure", "yeah ok", "yep", "yup", "sure", "sure thing", "sure go ahead",
        "sure please", "ok", "okay", "ok yes", "okay yes", "ok sure", "ok go ahead",
        "okay go ahead", "ok then", "okay then", "ok do it", "ok thanks go ahead", "go ahead",
        "please do", "please go ahead", "do it", "fine", "fine by me", "thats fine",
        "that is fine", "thats ok", "that is ok", "thats okay", "alright", "all right",
        "of course", "certainly", "absolutely", "definitely", "i agree", "agreed", "you may",
        "share it", "send it", "erase everything",
        # Dutch
        "ja", "ja graag", "ja hoor", "ja zeker", "jazeker", "ja natuurlijk", "ja tuurlijk",
        "ja prima", "ja goed", "ja oke", "ja ok", "ja dat mag", "ja dat is goed", "ja is goed",
        "ja doe maar", "ja doe dat maar", "ja alsjeblieft", "ja alstublieft", "ja dank je",
        "ja bedankt", "ja deel maar", "ja deel dit gesprek", "ja deel het maar", "ja stuur maar",
        "ja mail maar", "ja mail het maar", "ja stuur het maar", "ja akkoord", "ja wis alles",
        "jep", "jup", "zeker", "tuurlijk", "natuurlijk", "prima", "goed", "is goed",
        "dat is goed", "dat mag", "mag", "oke", "oké", "ja oké", "oké doe maar", "oke doe maar",
        "ok doe maar", "doe maar", "graag", "akkoord", "deel maar", "stuur maar", "mail maar",
        "wis alles", "vooruit", "vooruit maar",
    }
)  # fmt: skip
STOP = frozenset(
    {
        "stop", "stopall", "unsubscribe", "end", "quit", "revoke", "opt out", "optout",
        "stop it", "please stop", "stop please", "stop sharing", "stop mailing me",
        "stop contacting me", "stop everything", "stop now",
        "afmelden", "uitschrijven", "stoppen", "stop maar", "stop ermee", "stop met mailen",
        "stop met delen", "stop alsjeblieft", "niet meer mailen", "niet meer delen",
    }
)  # fmt: skip
# What people write around an address that they were asked for.
ADDRESS_LEADS = frozenset(
    {
        "", "its", "it is", "that is", "thats", "my address is", "my email is",
        "my email address is", "my mail is", "to", "at", "please use", "use", "send it to",
        "mail it to", "email it to",
        "mail me at", "here", "here it is", "thanks", "please",
        "dat is", "het is", "mijn adres is", "mijn mail is", "mijn email is", "mijn mailadres is",
        "mijn emailadres is", "naar", "op", "stuur maar naar", "mail maar naar", "stuur het naar",
        "graag naar", "hier", "bedankt", "alsjeblieft",
    }
)  # fmt: skip
_ADDRESS = re.compile(r"\S+@\S+")
_APOSTROPHES = re.compile(r"['’`]")
_NOT_WORDS = re.compile(r"[^\w\s]+")


def is_yes(text: str) -> bool:
    """Tell whether a message is a yes and nothing but a yes; a question is none."""
    return "?" not in text and _plain(text) in YES


def is_stop(text: str) -> bool:
    """Tell whether a message is nothing but the wish to stop."""
    return _plain(text) in STOP


def is_address(text: str) -> bool:
    """Tell whether a message is one address, with nothing but a yes or a lead around it."""
    if len(_ADDRESS.findall(text)) != 1 or "?" in text:
        return False
    around = _plain(_ADDRESS.sub(" ", text))
    return around in ADDRESS_LEADS or around in YES


def _plain(text: str) -> str:
    """Return the words of a text in lower case, with one space between each."""
    return " ".join(_NOT_WORDS.sub(" ", _APOSTROPHES.sub("", text.lower())).split())
