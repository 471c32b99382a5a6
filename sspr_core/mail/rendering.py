"""The text part: for people who read mail as text, not a copy of the HTML without its tags."""

from sspr_core.mail.letter import ADDRESS, Filled


def text_part(letter: Filled) -> str:
    """Paragraphs are one line each: every mail program folds lines, and a phone's are shorter than ours would be."""
    first, *others = letter.steps
    parts = [
        letter.greeting,
        *letter.opening,
        _heading(letter.steps_heading),
        f"1. {first}",
        f"   {ADDRESS}",
        *(f"{number}. {step}" for number, step in enumerate(others, 2)),
        _heading(letter.check_heading),
        *letter.check,
        _heading(letter.help_heading),
        letter.help,
        *letter.closing,
        f"{letter.regards}\n{letter.company}",
    ]
    if letter.footer:
        parts.append("\n".join(["--", *letter.footer]))
    return "\n\n".join(parts) + "\n"


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"
