"""The portal: server-rendered pages, made from the same data as the API's answers."""
