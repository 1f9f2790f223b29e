"""The ASGI gateway: it streams uploads and hands every other request to Django."""
