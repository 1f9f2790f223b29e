"""The short way of plain arrivals and uploads, past the pages' middleware.

Whatever is not plain is asked of the page, which decides it and finds the words.
"""
