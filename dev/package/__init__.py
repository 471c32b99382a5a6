"""The zip that Azure Functions runs: the app and the packages its lock names, for Linux and Python 3.13."""
