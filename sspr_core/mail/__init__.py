"""The text of emails: drafts, templates, branding."""
