"""The product's terms, as frozen values. Of this app it imports only itself."""
