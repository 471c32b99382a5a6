"""What a tenant settles about its mails beside their looks."""

import msgspec


class MailTerms(msgspec.Struct, frozen=True, kw_only=True):
    """None: not set here."""

    language: str | None = None  # for users whose own is unknown or not among ours
    use_other_mails: bool | None = None  # write to the first of `otherMails` where `mail` is missing

    def over(self, default: "MailTerms") -> "MailTerms":
        return MailTerms(
            language=default.language if self.language is None else self.language,
            use_other_mails=default.use_other_mails if self.use_other_mails is None else self.use_other_mails,
        )
