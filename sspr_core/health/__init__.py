"""Whether everything works that the app needs, and what to do where it does not."""
