"""The HTTP edge: who is calling, the API's routes, its description. FastAPI comes in with the first HTTP call."""
