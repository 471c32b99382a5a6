"""How to greet somebody of whom only the display name is known."""

import unicodedata

_MOST = 30  # characters; what is longer is no first name


def first_name(display_name: str) -> str | None:
    """Ana, of "Ana Silva", "Silva, Ana" and "Ana"; None where it does not look like a person's: no name is no mistake.

    Digits and signs speak against a person ("Room 2.14", "Scanner (EG)"), as does a first word in capitals ("IT
    Support", "SILVA Ana").
    """
    family, comma, given = display_name.partition(",")
    words = (given if comma else family).split()
    if not words or len(words[0]) > _MOST or words[0].isupper() or words[0].endswith("."):
        return None
    return words[0] if all(_is_name(word) for word in (*words, *family.split())) else None


def _is_name(word: str) -> bool:
    letters = word.removesuffix(".").replace("-", "").replace("'", "").replace("’", "")
    return bool(letters) and all(unicodedata.category(char)[0] in "LM" for char in letters)
