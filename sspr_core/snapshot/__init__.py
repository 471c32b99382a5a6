"""A complete reading (snapshot) of one tenant: reads from Graph, classifies users, stores what changed."""
