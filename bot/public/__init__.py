"""Pages that anyone may open: no login, no script, made for a phone."""
