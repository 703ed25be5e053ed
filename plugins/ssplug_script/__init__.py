"""Action `script`: runs a program."""
