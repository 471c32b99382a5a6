"""The text part: for people who read mail as text, and for whoever is read to."""

from collections.abc import Iterator

from sspr_core.report.rendering import Bar, Content, Section


def text_part(content: Content) -> str:
    """Paragraphs are one line each: every mail program folds lines."""
    parts = [
        f"{content.heading}\n{'=' * len(content.heading)}",
        content.period,
        *(f"! {notice.text}" for notice in content.notices),
        content.intro,
        *("\n\n".join(_section(section)) for section in content.sections),
        content.help,
        content.company,
    ]
    if content.footer:
        parts.append("\n".join(["--", *content.footer]))
    return "\n\n".join(filter(None, parts)) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"{section.heading}\n{'-' * len(section.heading)}"
    if section.figure:
        yield section.figure
    yield from section.lines
    if section.bars:
        yield "\n".join(map(_bar, section.bars))
    if section.facts:
        yield "\n".join(f"{label}: {value}" for label, value in section.facts)
    if section.items or section.rest:
        yield "\n".join([*(f"- {item}" for item in section.items), *filter(None, [section.rest])])
    if section.link:
        yield section.link


def _bar(bar: Bar) -> str:
    return f"{bar.label}: {bar.told}{f' ({bar.note})' if bar.note else ''}"
