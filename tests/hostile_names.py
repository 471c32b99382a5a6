"""Hostile names that a directory may contain: each is used in every output."""

HOSTILE_NAMES: list[str] = [
    'Jane "JJ" O\'Brien',
    "Silva, Ana; Costa, Rui",
    "Ana\r\nBcc: eve@evil.example",
    "Ana\nSilva\u2028Costa",
    "😀 Zoë 👩‍👩‍👧 山田",
    "=cmd|' /C calc'!A0",
    "+1 @SUM(A1)",
    "\u202egnp.exe\u200f",
    "x" * 300,
    "é" * 300,
    "word, " * 50,
    "<script>alert(1)</script>",
    "{{7*7}} {name} {% raw %}",
    "%0d%0aBcc: x@y",
    "=?utf-8?q?Ana?= <eve@evil.example>",
    '\\" <eve@evil.example>,',
    "\x00\x07\x1b[31mred",
    "   ",
]
