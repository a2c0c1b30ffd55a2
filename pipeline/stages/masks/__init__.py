"""What a job of the masks stage runs, a method a module; the loop they share is in `stages/loops`."""
