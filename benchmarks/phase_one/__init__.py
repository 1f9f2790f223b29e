"""Phase one beside its peers: the same load on every server, in turn."""
