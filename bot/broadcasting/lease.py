"""The one lease of whoever sends (design §7)."""

LEASE = "worker"
LEASE_SECONDS = 30.0
"""After this time without a sign another worker takes over."""
