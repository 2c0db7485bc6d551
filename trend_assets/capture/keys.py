"""Cluster keys: how the names under which platforms group content become stable keys (DESIGN §9, seed 004 §9).

What a platform's items are keyed by is declared in the platform's own file; this module only builds the keys.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

KeyType = Literal["audio_id", "hashtag", "entity", "phrase"]

MAX_KEY_CHARS = 500
"""Longest cluster key (seed 004 §4); longer names are not keys."""

MAX_PHRASES = 3
PHRASE_WORDS = (2, 4)

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?…;:|/()\[\]{}\"“”«»\n\r]+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STOPWORDS = frozenset(
    """a about after all also an and any are as at be because been but by can could did do does for from get had has have he her
    his how i if im in into is it its just like me more my no not of off on one or our out over she so some than that the their
    them then there they this to too u up us was we were what when which who why will with would you your""".split()
)


@dataclass(frozen=True, slots=True)
class Key:
    """One cluster that an item belongs to."""

    key_type: KeyType
    key: str
    value: str
    """The value as extracted, before normalization."""
    name: str
    """What people call the cluster."""


def normalize(text: str) -> str:
    """Return `text` folded for comparison: NFKC, case folded, without invisible characters, single spaces."""
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    # Case folding can undo the composition (and NFKC can bring invisible characters out of compatibility forms).
    return _SPACE.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", folded))).strip()


def audio_key(platform: str, audio_id: str | None, title: str | None = None) -> Key | None:
    """Return the key of a sound; a title is only its name, never its key."""
    if not audio_id or audio_id == "0":
        return None
    return _key("audio_id", f"{platform}:{audio_id}", audio_id, title or f"sound {audio_id}")


def hashtag_key(platform: str, tag: str | None) -> Key | None:
    """Return the key `platform:#tag` with exactly one `#`, or None when nothing is left of the tag."""
    name = _SPACE.sub("", normalize(tag or "").replace("#", ""))
    return _key("hashtag", f"{platform}:#{name}", tag or "", f"#{name}") if name else None


def entity_key(platform: str, entity: str | None, name: str | None = None) -> Key | None:
    """Return the key of a named thing on one platform (a subreddit with its flair, a creator)."""
    folded = normalize(entity or "")
    return _key("entity", f"{platform}:{folded}", entity or "", name or entity or "") if folded else None


def topic_key(platform: str, topic: str | None) -> Key | None:
    """Return the one key of a topic-list row: a hashtag when it is written as one, else a phrase."""
    text = (topic or "").strip()
    if text.startswith(("#", "＃")) and not re.search(r"\s", text.strip("#＃ ")):
        return hashtag_key(platform, text)
    words = _words(normalize(text))
    if not words:
        return _key("phrase", f"phrase:{normalize(text)}", text, text) if normalize(text) else None
    return _key("phrase", "phrase:" + "_".join(words), text, text)


def phrase_keys(text: str | None) -> list[Key]:
    """Return at most three phrases of 2-4 words that free text is about, in the order in which they stand.

    A phrase starts and ends with a word that carries meaning and does not cross punctuation; stop words inside it stay
    ("nobody wants to work"). Links are no words.
    """
    keys: dict[str, Key] = {}
    for sentence in _SENTENCE_END.split(_LINK.sub("\n", text or "")):
        for words in _phrases(_words(normalize(sentence))):
            key = _key("phrase", "phrase:" + "_".join(words), " ".join(words), " ".join(words))
            if key and len(keys) < MAX_PHRASES:
                keys.setdefault(key.key, key)
    return list(keys.values())


class _Marks(dict[int, str]):
    """Every character by its number: a letter for those that only belong to the one before them, others as they are."""

    def __missing__(self, number: int) -> str:
        character = chr(number)
        self[number] = "x" if unicodedata.category(character).startswith("M") else character
        return self[number]


_SHAPE = _Marks()


def _words(text: str) -> list[str]:
    """Return the words of a text, with their vowel signs and tone marks: Hindi and Thai write those as own characters."""
    return [text[word.start() : word.end()] for word in _WORD.finditer(text.translate(_SHAPE))]


def _phrases(words: list[str]) -> Iterator[list[str]]:
    start = 0
    while start < len(words):
        end = min(start + PHRASE_WORDS[1], len(words))
        while end > start and _is_filler(words[end - 1]):
            end -= 1
        if end - start >= PHRASE_WORDS[0] and not _is_filler(words[start]):
            yield words[start:end]
            start = end
        else:
            start += 1


def _is_filler(word: str) -> bool:
    return word in _STOPWORDS or word.isdigit()


def _key(key_type: KeyType, key: str, value: str, name: str) -> Key | None:
    if len(key) > MAX_KEY_CHARS:
        return None
    return Key(key_type, key, value[:MAX_KEY_CHARS], name.strip()[:MAX_KEY_CHARS] or key)
