"""Actions: what happens when a camera is triggered while mode A is armed."""
