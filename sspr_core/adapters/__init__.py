"""Clients of Graph, Entra, storage and the mail service. The only package that imports azure.*, msgraph and kiota."""
