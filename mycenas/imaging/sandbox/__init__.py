"""The child process that decodes images; see `__main__`.

Only the standard library and Pillow are imported here: what a child imports, an image
that takes over its decoder can use.
"""
