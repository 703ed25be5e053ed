"""Events: numbered, fanned out, kept."""
