"""Serves style sheets, scripts and pictures from this folder, named with their hash so that browsers may cache them."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response

router = APIRouter()

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Each file's content and type, by its hashed name."""
    found = {}
    for path in _FOLDER.iterdir():
        content = path.read_bytes()
        found[f"{path.stem}.{sha256(content).hexdigest()[:12]}{path.suffix}"] = (content, _TYPES[path.suffix])
    return found


def static_url(name: str) -> str:
    """The URL of a file of this folder."""
    stem, suffix = name.rsplit(".", 1)
    hashed = next(one for one in _files() if one.startswith(f"{stem}.") and one.endswith(f".{suffix}"))
    return f"/static/{hashed}"


@router.get("/static/{name}", include_in_schema=False)
async def static_file(name: str) -> Response:
    if name not in _files():
        raise HTTPException(404, "No such file.")
    content, kind = _files()[name]
    return Response(content, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})
