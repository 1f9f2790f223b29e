"""The short way of a plain upload: found by one statement, past the pages' middleware.

Whatever is not plain is asked of the page, which decides it and finds the words.
"""
