"""The app's triggers, as the worker library sees them."""

import function_app

DOORS = function_app.app.get_functions()  # once per process: a second call would find its own names taken
