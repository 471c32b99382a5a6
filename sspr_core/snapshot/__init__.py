"""One complete reading of one tenant: what is read, how users are judged, what is written."""
