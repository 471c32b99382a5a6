"""How long what is past is kept: the timer that deletes what is older."""
