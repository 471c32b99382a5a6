"""A simulated Microsoft cloud: Entra's token endpoint, Graph and the mail service, over HTTPS, from a seed."""
