"""Reads a folder of Markdown files into a library; a bad file never stops the others."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from bot.errors import BadInput
from bot.knowledge.articles import ArticleProblem, HelpArticle, Library, Outline, Publishing
from bot.knowledge.cache import OutlineCache
from bot.knowledge.front_matter import FrontMatter, read_front_matter
from bot.knowledge.outline import outline_of

LARGEST = 2_000_000
EVERYBODY = Publishing()
_UNSAFE = re.compile(r"[^\w/.\-]+")


class _Left(Exception):
    """A file that is left out; carries the line and what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def load_articles(
    folder: Path,
    *,
    languages: Sequence[str],
    cache_dir: Path | None = None,
    rules: Publishing = EVERYBODY,
) -> Library:
    """Read every `.md` file below a folder, in the order of their names.

    Hidden files and folders are passed over. What the `rules` do not let out is kept apart:
    drafts always, and what is for an audience that they do not serve. With `cache_dir`, what
    parsing found is kept there by the hash of each body, so that unchanged articles load
    without parsing.
    Raises `BadInput` if the folder cannot be read.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no folder of articles at {folder}", field="articles")
    cache = OutlineCache(cache_dir)
    reader = _Reader(folder, tuple(languages), cache)
    for path in _markdown_files(folder):
        reader.read(path)
    cache.save()
    read = Library(tuple(reader.articles), tuple(reader.problems), tuple(languages))
    return read.published(rules)


def slug_of(path: str) -> str:
    """Return the address of an article for its path: lower case, only safe characters."""
    plain = unicodedata.normalize("NFKD", path.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    parts = (_UNSAFE.sub("-", part).strip("-.") or "-" for part in bare.split("/"))
    return "/".join(parts)


def title_from_name(name: str) -> str:
    """Return words for a file name, for an article that has neither title nor heading."""
    words = " ".join(re.split(r"[-_\s]+", name)).strip()
    return words[:1].upper() + words[1:]


def _markdown_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.md")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file():
            yield path


class _Reader:
    """Collects articles and problems of one folder."""

    def __init__(self, folder: Path, languages: tuple[str, ...], cache: OutlineCache) -> None:
        self.articles: list[HelpArticle] = []
        self.problems: list[ArticleProblem] = []
        self._folder = folder
        self._languages = languages
        self._cache = cache
        self._files: dict[tuple[str, str], str] = {}

    def read(self, path: Path) -> None:
        file = path.relative_to(self._folder).as_posix()
        try:
            self.articles.append(self._article(path, file))
        except _Left as left:
            self.problems.append(ArticleProblem(file, left.line, left.message))

    def _article(self, path: Path, file: str) -> HelpArticle:
        text = _text_of(path)
        front = read_front_matter(text)
        self._note(file, front)
        body = text[front.body_start :]
        if not body.strip():
            raise _Left(1, "the article is empty; write at least a heading and a paragraph")
        article_id = file[: -len(".md")]
        language, below = self._language(article_id, front)
        slug = slug_of(below)
        self._claim(language, slug, file)
        outline = self._outline(body)
        values = {"title": _title(outline, below), **front.values, "language": language}
        line = text.count("\n", 0, front.body_start)
        return HelpArticle(
            id=article_id,
            slug=slug,
            body=body,
            outline=outline,
            file=file,
            body_line=line,
            lines=front.lines,
            **values,
        )

    def _note(self, file: str, front: FrontMatter) -> None:
        for remark in front.remarks:
            if remark.severity == "error":
                raise _Left(remark.line, remark.message)
            self.problems.append(ArticleProblem(file, remark.line, remark.message, remark.severity))

    def _language(self, article_id: str, front: FrontMatter) -> tuple[str, str]:
        """Return the article's language and its path below the language's folder."""
        first, _, rest = article_id.partition("/")
        in_folder = bool(rest) and first in self._languages
        language = front.values.get("language") or (first if in_folder else self._languages[0])
        if language not in self._languages:
            known = ", ".join(self._languages)
            message = (
                f"unknown language `{language}`; write one of {known} or add it to `languages`"
            )
            raise _Left(front.lines["language"], message)
        return language, rest if in_folder else article_id

    def _claim(self, language: str, slug: str, file: str) -> None:
        first = self._files.setdefault((language, slug), file)
        if first != file:
            message = (
                f"has the same address /help/{language}/{slug} as {first} and is left out; "
                "rename one of the two"
            )
            raise _Left(1, message)

    def _outline(self, body: str) -> Outline:
        key = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
        return self._cache.get(key) or self._cache.put(key, outline_of(body))


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise _Left(1, "the file is larger than 2 MB; divide it into several articles")
        raw = path.read_bytes()
    except OSError as error:
        raise _Left(1, f"the file cannot be read: {error.strerror}") from error
    if b"\x00" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\x00")) + 1
        raise _Left(line, "this is a binary file; an article is Markdown text in UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _Left(line, "this line is not UTF-8; save the file as UTF-8") from error


def _title(outline: Outline, below: str) -> str:
    heading = outline.headings[0].text if outline.headings else ""
    return heading or title_from_name(PurePosixPath(below).name)
