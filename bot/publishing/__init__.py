"""From drafts to a published knowledge base: joined, checked, tried, written, kept (design §3)."""
