"""Table Storage: keys are ids, rows and their inverse sit together."""
