"""Which of several media types a caller would have (RFC 9110, 12.5.1)."""

from collections.abc import Iterator, Sequence


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The type the caller likes best, None when they take none of them; without a wish the first.

    Of types liked equally the one that is named most exactly, so that `message/rfc822, */*` is a wish.
    """
    ranges = list(_ranges(accept)) if accept and accept.strip() else [("*/*", 1.0)]
    rated = [(*_rating(one, ranges), -place, one) for place, one in enumerate(offered)]
    quality, *_, best = max(rated)
    return best if quality > 0 else None


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Media ranges and their quality, 0 to 1; parameters other than q do not matter here."""
    for part in accept.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        yield kind, min(1.0, float(quality)) if quality.replace(".", "", 1).isdecimal() else 0.0


def _rating(kind: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """Its quality by the most exact range that takes it in, and how exact that is."""
    exactness = {"*/*": 1, f"{kind.partition('/')[0]}/*": 2, kind: 3}
    found = [(exactness[one], quality) for one, quality in ranges if one in exactness]
    exact, quality = max(found, default=(0, 0.0))
    return quality, exact
