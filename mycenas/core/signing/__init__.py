"""The keys that sign receipts and other documents, and compact JWS with them."""
