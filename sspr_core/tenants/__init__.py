"""Which tenants there are: discovery, adding by hand, switching off, asking for a refresh."""
