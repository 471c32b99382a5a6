"""HTTP: the caller, the API's routes and its description, the pages. FastAPI is imported at the first HTTP call."""
