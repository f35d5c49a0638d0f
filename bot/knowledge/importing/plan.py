"""What an import would do to the articles; `writing.write_plan` does it.

Laws, kept by property tests: importing the same source again changes nothing; no file is
written outside the folder; no file is deleted, none that its owner edited is overwritten unasked.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from bot.knowledge.articles import Provenance
from bot.knowledge.importing.article_file import (
    Written,
    clean_key,
    compose,
    digest_of,
    read_written,
    unpublished,
)
from bot.knowledge.importing.clean_html import escaped, to_markdown
from bot.knowledge.importing.files import LARGEST_TEXT, files_of
from bot.knowledge.importing.items import (
    CHANGED,
    KEPT,
    LEFT_OUT,
    NEW,
    UNCHANGED,
    UNPUBLISHED,
    Collected,
    Html,
    Item,
    LeftOut,
    Plan,
    SourceUnusable,
    Step,
    Target,
    Track,
    Unusable,
    no_track,
)
from bot.knowledge.importing.paths import address_of, candidates, name_of, safe_place

_EDITED = "edited here; --overwrite takes what the source says"
_EDITED_ONLY = "edited here, and not changed at the source"
_EDITED_GONE = "gone from the source, but edited here; write `draft: true` in it to unpublish it"


def make_plan(collected: Collected, target: Target, track: Track[Any] = no_track) -> Plan:
    """Compare a source with the folder. Raises `SourceUnusable` if it is another source.

    That is so when none of the articles of the earlier import of this name is in it.
    """
    planner = _Planner(collected, target)
    planner.place_all()
    steps = [planner.step(item) for item in track(planner.placed, "Comparing")]
    steps += planner.gone()
    steps += [planner.left(one) for one in planner.left_out]
    remarks = [*collected.remarks, *planner.remarks]
    return Plan(collected.kind, planner.name, tuple(steps), tuple(remarks))


class _Planner:
    """Gives every item its file, and compares."""

    def __init__(self, collected: Collected, target: Target) -> None:
        self._collected = replace(
            collected,
            name=name_of(collected.name),
            items=tuple(_clean(one) for one in collected.items),
            left_out=tuple(replace(one, key=clean_key(one.key)) for one in collected.left_out),
        )
        self.left_out = list(self._collected.left_out)
        self.remarks: list[str] = []
        self.placed: list[Item] = []
        self._target = target
        self._written: dict[str, Written] = {}
        self._addresses: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._by_url: dict[str, str] = {}
        self._read_folder()

    @property
    def name(self) -> str:
        return self._collected.name

    def _read_folder(self) -> None:
        folder = self._target.folder
        for path in files_of(folder, (".md",)) if folder.is_dir() else ():
            written = read_written(folder, path, self._collected.name)
            file = path.relative_to(folder).as_posix()
            if written and written.provenance.item not in self._written:
                self._written[written.provenance.item] = written
            self._addresses[self._address(file, written.language if written else "")] = file
        if self._written and self._keys().isdisjoint(self._written):
            message = (
                f"the earlier import `{self._collected.name}` has none of these articles, so this "
                "is another source; give it a --name of its own"
            )
            raise SourceUnusable(message, field="name")

    def _keys(self) -> set[str]:
        items = {one.key for one in self._collected.items}
        return items.union(one.key for one in self._collected.left_out)

    def place_all(self) -> None:
        """Decide on files first: links between articles need to know all of them."""
        for item in self._collected.items:
            try:
                self._place(item)
            except Unusable as error:
                self.left_out.append(LeftOut(item.where, error.reason, item.key))
        for item in self.placed:
            if item.url and not item.draft:
                self._by_url.setdefault(same_page(item.url), self._files[item.key])

    def _place(self, item: Item) -> None:
        if not item.key:
            raise Unusable("it has no name; give it one at the source")
        if item.key in self._files:
            raise Unusable("the source has it twice; the first one counts")
        language = self._language(item)
        earlier = self._written.get(item.key)
        file = earlier.file if earlier else self._new_file(item, language)
        holder = self._addresses.setdefault(self._address(file, language), file)
        if holder != file:  # its language is another than before
            raise Unusable(f"{holder} has its address in {language}; move one of the two files")
        self._files[item.key] = file
        self.placed.append(replace(item, language=language))

    def _language(self, item: Item) -> str:
        named = (self._target.language or item.language).lower().replace("_", "-")
        known = {code.lower(): code for code in self._target.languages}
        language = known.get(named) or known.get(named.partition("-")[0])
        if named and language is None:
            raise Unusable(
                f"its language is {named}, and spoken are {', '.join(known)}; add it to "
                "ASKFIRST_LANGUAGES, or say what it is with --language"
            )
        return language or self._target.languages[0]

    def _new_file(self, item: Item, language: str) -> str:
        """Return a free file. One that is there and not from this import is never taken."""
        place = f"{language}/{self._collected.name}/{safe_place(item.place)}"
        ours = {*self._files.values(), *(one.file for one in self._written.values())}
        for file in (f"{one}.md" for one in candidates(place, item.key)):
            address = self._address(file, language)
            holder = self._addresses.get(address)
            if holder is None or (holder not in ours and self._is_blank(holder)):
                self._addresses[address] = file
                return file
            if holder not in ours:
                raise Unusable(f"{holder} is there and not from this import; move or rename it")
        raise Unusable("no file name is free for it; rename it at the source")

    def _address(self, file: str, language: str) -> str:
        """Return an address; without a language it is that of the folder, as the loader has it."""
        languages = self._target.languages
        first = file.partition("/")[0]
        known = language or (first if first in languages else languages[0])
        return address_of(file, known, languages)

    def _is_blank(self, file: str) -> bool:
        """A file that a broken machine left without content may be written."""
        path = self._target.folder / file
        return path.is_file() and path.stat().st_size == 0

    def step(self, item: Item) -> Step:
        file, where = self._files[item.key], item.where
        try:
            text = self._text(item, file)
        except Unusable as error:
            return self.left(LeftOut(where, error.reason, item.key))
        remark = "; ".join(item.remarks)
        earlier = self._written.get(item.key)
        if earlier is None:
            return Step(NEW, where, file, remark, text)
        if earlier.text == text:
            return Step(UNCHANGED, where, file, remark)
        if earlier.edited and not self._target.overwrite:
            same = earlier.provenance.digest == digest_of(text)
            return Step(KEPT, where, file, _EDITED_ONLY if same else _EDITED)
        return Step(CHANGED, where, file, remark, text)

    def _text(self, item: Item, file: str) -> str:
        body, remarks = self._body(item, file)
        if remarks:
            self.remarks += [f"{item.where}: {remark}" for remark in remarks]
        values = {**item.front, "language": item.language, "draft": item.draft}
        if isinstance(item.body, Html):
            values["title"] = item.body.title
        provenance = Provenance(item.key, self._collected.name, item.address)
        text = compose(values, provenance, body)
        if len(text.encode("utf-8", "surrogatepass")) > LARGEST_TEXT:
            raise Unusable("its text is larger than 2 MB; divide it into several articles")
        return text

    def _body(self, item: Item, file: str) -> tuple[str, list[str]]:
        if not isinstance(item.body, Html):
            return item.body.text, []

        def link_to(url: str) -> str | None:
            other = self._by_url.get(same_page(url))
            return _relative(other, file) if other else None

        text, remarks = to_markdown(item.body.html, item.body.base, link_to)
        title = item.body.title
        return (f"# {escaped(title)}\n\n{text}" if title else text), remarks

    def gone(self) -> list[Step]:
        """Return the steps for what an earlier import has and the source no longer."""
        there = self._keys()
        missing = [one for key, one in self._written.items() if key not in there]
        if not self._collected.complete:
            if missing:
                self.remarks.append("the source was not read whole: nothing was unpublished")
            return []
        return [self._gone(one) for one in missing]

    def _gone(self, earlier: Written) -> Step:
        where = earlier.provenance.url or earlier.provenance.item
        if earlier.draft:
            return Step(UNCHANGED, where, earlier.file, "gone from the source, unpublished before")
        if earlier.edited and not self._target.overwrite:
            return Step(KEPT, where, earlier.file, _EDITED_GONE)
        reason = "gone from the source"
        return Step(UNPUBLISHED, where, earlier.file, reason, unpublished(earlier.text))

    def left(self, one: LeftOut) -> Step:
        earlier = self._written.get(one.key) if one.key else None
        stays = "; the article of the earlier import stays" if earlier else ""
        reason = clean_key(one.reason) + stays
        return Step(LEFT_OUT, clean_key(one.where), earlier.file if earlier else "", reason)


def _clean(item: Item) -> Item:
    return replace(item, key=clean_key(item.key), url=clean_key(item.url))


def _relative(file: str, seen_from: str) -> str:
    here = PurePosixPath(seen_from).parent
    return quote(posixpath.relpath(file, here))


def same_page(url: str) -> str:
    """Return one writing for the addresses that a help centre has for one page."""
    plain = url.partition("#")[0].rstrip("/")
    plain = re.sub(r"^http:", "https:", plain)
    return re.sub(r"(/articles/\d+)-[^/?]*", r"\1", plain)
