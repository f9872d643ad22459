"""What the README and the documentation say, held to what the program does."""
