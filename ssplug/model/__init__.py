"""The domain as frozen values; standard library only."""
