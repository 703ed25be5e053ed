"""The Twisted sides of what is served."""
