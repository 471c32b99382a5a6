"""What the capabilities ask of storage, Microsoft Graph, the mail service and telemetry: protocols."""
