"""How rounds are counted: exact, without Django, and replayed by strangers."""
