"""All pixels of some rectangles."""
