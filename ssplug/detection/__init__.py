"""Seeing and hearing what happens in front of a camera, and saying when that is a trigger."""
