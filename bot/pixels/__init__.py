"""What is done with the pixels of strangers' pictures, in a process of its own."""
