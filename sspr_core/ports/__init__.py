"""The ports, as protocols: storage, Microsoft Graph, the mail service and telemetry."""
