"""How the web server reads requests: limits that hold before any page is asked."""
