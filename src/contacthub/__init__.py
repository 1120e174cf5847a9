"""contacthub: one place for an organisation's audience."""
