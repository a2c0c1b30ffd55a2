"""What a job of the weak labels runs, a kind a module; the loop they share is in `stages/loops`."""
