"""Action `email`: sends mail with pictures."""
