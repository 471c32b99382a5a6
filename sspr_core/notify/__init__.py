"""Mails to users: their texts in several languages, branding, drafts."""
