"""Whether everything works: what was last seen of channels and processes, and what it means."""
