"""A template as a file to download."""

from enum import StrEnum

from sspr_core.mail.eml import eml
from sspr_core.mail.template_sample import Sample
from sspr_core.model.text import file_name


class Kind(StrEnum):
    """What the file is for."""

    HTML = "html"  # into another mailing tool
    TEXT = "text"
    EML = "eml"  # opens as a draft, with the branding's sender and no recipients


def sample_file(sample: Sample, kind: Kind) -> tuple[str, bytes]:
    """Its name and its content."""
    message = sample.message
    match kind:
        case Kind.HTML:
            ending, content = "html", message.html.encode()
        case Kind.TEXT:
            ending, content = "txt", message.text.encode()
        case Kind.EML:
            ending, content = "eml", eml(message, [], sample.branding, hidden=True)
    return file_name(sample.tenant_name or "", sample.template, message.language, ending=ending), content
