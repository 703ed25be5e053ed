"""PTZ driver `http`: any camera that is moved by HTTP requests."""
