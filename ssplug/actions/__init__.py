"""Actions, mode A: when they run, and how they are run."""
