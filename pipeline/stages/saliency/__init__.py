"""What a job of the saliency stage runs, a method a module; the loop they share is in `stages/loops`."""
