"""The site file: YAML in, frozen values out."""
