"""The list of tenants: discovery, adding by hand, switching off, requesting a refresh."""
