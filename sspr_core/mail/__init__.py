"""The content of emails: drafts, templates and branding."""
