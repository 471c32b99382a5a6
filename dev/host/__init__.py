"""A local Functions host: Microsoft's worker library runs the app, this plays the platform around it."""
