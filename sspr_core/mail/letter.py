"""A letter with every placeholder filled in, before it becomes text and HTML."""

from dataclasses import dataclass

ADDRESS = "aka.ms/mysecurityinfo"  # Microsoft's own, short enough to type; shown as text and never as a link


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Plain text throughout; line ends within a paragraph are to be kept."""

    subject: str
    preview: str
    heading: str
    greeting: str
    opening: tuple[str, ...]
    steps_heading: str
    steps: tuple[str, ...]
    check_heading: str
    check: tuple[str, ...]
    help_heading: str
    help: str
    closing: tuple[str, ...]
    regards: str
    company: str
    footer: tuple[str, ...]
