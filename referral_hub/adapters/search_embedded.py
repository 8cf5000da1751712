"""Full text inside the process: SQLite FTS5 in memory, its vocabulary, and rapidfuzz for typos."""

from __future__ import annotations

import sqlite3
import threading
from bisect import bisect_left
from collections.abc import Iterable
from uuid import UUID

from rapidfuzz import process
from rapidfuzz.distance import OSA

from referral_hub.matching.sought import FILLER, LONGEST_TEXT, MOST_CORRECTIONS, MOST_WORDS, slips_allowed
from referral_hub.partners.words import other_words, split_words
from referral_hub.ports import Hit, SearchDocument

_WEIGHTS = (12.0, 5.0, 5.0, 6.0, 1.0, 2.0)
"""bm25 weights of name, organization, other names, terms, description, synonyms."""


class EmbeddedSearch:
    """A SearchIndex; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = _empty()
        self._ids: list[UUID] = []
        self._words: list[str] = []
        self._known: frozenset[str] = frozenset()

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Forget everything and hold these documents."""
        connection = _empty()
        ids: list[UUID] = []
        known: set[str] = set()
        lines = []
        for document in documents:
            ids.append(document.id)
            texts = (document.name, document.organization, document.other_names, document.terms, document.description)
            words = [split_words(text) for text in texts]
            synonyms = " . ".join(other_words(words))
            known.update(*words, split_words(synonyms))
            lines.append((len(ids), *texts, synonyms))
        insert = "INSERT INTO listing (rowid, name, organization, other_names, terms, description, synonyms) VALUES (?, ?, ?, ?, ?, ?, ?)"
        connection.executemany(insert, lines)
        with self._lock:
            self._connection.close()
            self._connection, self._ids, self._words, self._known = connection, ids, sorted(known), frozenset(known)

    def search(self, text: str) -> list[Hit]:
        """Hits, best first, then in the order of the documents."""
        words = split_words(text[:LONGEST_TEXT])
        # The last word may still be being typed, unless a space stands behind it.
        is_typing = bool(text[:LONGEST_TEXT]) and not text[:LONGEST_TEXT][-1].isspace()
        wanted = [word for word in words if word not in FILLER][:MOST_WORDS] or words[:MOST_WORDS]
        if not wanted:
            return []
        with self._lock:
            groups = [self._group(word, is_prefix=is_typing and word is wanted[-1] and word == words[-1]) for word in wanted]
            return self._find(" AND ".join(groups)) or self._find(" OR ".join(groups))

    def _group(self, word: str, *, is_prefix: bool) -> str:
        """One word, or what it may have meant, in FTS5's language; words hold letters and digits only."""
        choices = [f'"{word}"']
        if is_prefix:
            choices.append(f'"{word}"*')
        if word not in self._known and not (is_prefix and self._begins(word)):
            choices += [f'"{other}"' for other in self._corrections(word)]
        return "(" + " OR ".join(choices) + ")"

    def _begins(self, word: str) -> bool:
        place = bisect_left(self._words, word)
        return place < len(self._words) and self._words[place].startswith(word)

    def _corrections(self, word: str) -> list[str]:
        """Known words a slip away: one edit in words of 4 to 7 letters, two from 8; a transposition is one."""
        slips = slips_allowed(word)
        if not slips:
            return []
        found = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=slips, limit=MOST_CORRECTIONS)
        return [other for other, _, _ in found]

    def _find(self, expression: str) -> list[Hit]:
        weights = ", ".join(map(str, _WEIGHTS))
        # The only text of the statement that varies are the constants above; the words are bound.
        statement = (
            f"SELECT rowid, -bm25(listing, {weights}), snippet(listing, 4, '', '', '…', 24) "  # noqa: S608  # nosec B608
            "FROM listing WHERE listing MATCH ? ORDER BY bm25(listing, " + weights + "), rowid"
        )
        return [Hit(self._ids[rowid - 1], score, snippet) for rowid, score, snippet in self._connection.execute(statement, (expression,))]


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.execute(
        "CREATE VIRTUAL TABLE listing USING fts5(name, organization, other_names, terms, description, synonyms, "
        'tokenize = "porter unicode61 remove_diacritics 2")'
    )
    return connection
