"""The command line of the local stack."""
