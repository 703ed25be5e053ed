"""Moving cameras: commands wait for their turn, and no movement goes on for ever."""
