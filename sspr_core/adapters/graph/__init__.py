"""Microsoft Graph: requests from the SDK, bodies as bytes, one policy for what goes wrong."""
