"""How long past data are kept: the timer that deletes older ones."""
