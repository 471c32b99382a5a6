"""Table Storage: keys are ids; a row and its inverse stand together."""
