"""Microsoft Graph: the SDK builds requests, bodies come back as bytes, one policy handles errors."""
