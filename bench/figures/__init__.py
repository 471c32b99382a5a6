"""One figure a file: what is measured, against whom, and the goal."""
