"""Several files in one."""

from collections.abc import Iterable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_ANY_DAY = (1980, 1, 1, 0, 0, 0)  # the format's first: the same drafts are the same bytes, whenever they are made


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of names and contents, in their order."""
    whole = BytesIO()
    with ZipFile(whole, "w") as made:
        for name, content in files:
            entry = ZipInfo(name, _ANY_DAY)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # whatever system makes it
            made.writestr(entry, content, ZIP_DEFLATED)
    return whole.getvalue()
