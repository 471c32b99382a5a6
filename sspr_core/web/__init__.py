"""The HTTP edge: who is calling, the API's routes, its description. Imported with the first HTTP call."""
