"""Turns an email into a page for a frame, without weakening the content security policy of any page.

Emails have their styles in attributes, which a policy can only allow all at once. Here each style becomes a class,
and the style sheets are allowed by their hash.
"""

import base64
import re
from collections.abc import Iterable
from hashlib import sha256
from html import unescape

from fastapi.responses import HTMLResponse

from sspr_core.model.report import Picture

_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)  # also those that only Outlook reads
_TAG = re.compile(
    r"<(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?P<attributes>(?:\s+[^\s=>/]+(?:\s*=\s*\"[^\"]*\")?)*)\s*(?P<end>/?)>"
)
_STYLE = re.compile(r'\sstyle\s*=\s*"(?P<style>[^"]*)"')
_CLASS = re.compile(r'\sclass\s*=\s*"(?P<names>[^"]*)"')
_SHEET = re.compile(r"<style[^>]*>(?P<content>.*?)</style>", re.DOTALL)


def framed(html: str, pictures: Iterable[Picture] = ()) -> HTMLResponse:
    """The email, with a policy that lets it run nothing, load only pictures, and be framed only by this site.

    Attached pictures are written into the page as data, because browsers do not know content ids.
    """
    inside = {f"cid:{one.content_id}": _data(one) for one in pictures}
    page = without_style_attributes(html)
    hashes = " ".join(_hash(sheet["content"]) for sheet in _SHEET.finditer(page))
    policy = (
        f"default-src 'none'; style-src {hashes or "'none'"}; img-src https:{' data:' if inside else ''}; "
        "frame-ancestors 'self'; "
        "base-uri 'none'; form-action 'none'; sandbox"
    )
    for place, data in inside.items():
        page = page.replace(f'src="{place}"', f'src="{data}"')
    return HTMLResponse(page, headers={"content-security-policy": policy})


def _data(picture: Picture) -> str:
    return f"data:{picture.content_type};base64,{base64.b64encode(picture.content).decode()}"


def without_style_attributes(html: str) -> str:
    """The same look with classes `p0`, `p1`, … in one more style sheet at the end of the head."""
    rules: dict[str, str] = {}

    def rewritten(tag: re.Match[str]) -> str:
        attributes = tag["attributes"]
        style = _STYLE.search(attributes)
        if not style:
            return tag[0]
        name = rules.setdefault(unescape(style["style"]), f"p{len(rules)}")
        attributes = _STYLE.sub("", attributes)
        if _CLASS.search(attributes):
            attributes = _CLASS.sub(lambda has: f' class="{has["names"]} {name}"', attributes)
        else:
            attributes += f' class="{name}"'
        return f"<{tag['name']}{attributes}{tag['end']}>"

    page = _TAG.sub(rewritten, _COMMENTS.sub("", html))
    sheet = "".join(f".{name}{{{style.replace('<', '')}}}" for style, name in rules.items())
    return page.replace("</head>", f"<style>{sheet}</style></head>", 1)


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"
