"""The mails there are, in the order in which a user would get them."""

REGISTER_NOW, REMINDER, LAST_REMINDER = "register_now", "reminder", "last_reminder"
TEMPLATES = (REGISTER_NOW, REMINDER, LAST_REMINDER)
