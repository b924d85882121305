"""Jobs: their states, their rows, what members do with them, and the tracker that runs them."""
