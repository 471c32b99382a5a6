"""The world: Graph, Entra, Table Storage, Queue Storage. The only home of azure.*, msgraph and kiota."""
