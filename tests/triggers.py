"""The app's doors, as the worker library sees them."""

import function_app

DOORS = function_app.app.get_functions()  # once a process: asked again, it would meet its own names
