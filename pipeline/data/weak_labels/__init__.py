"""Labels that people gave, from their files: points, strokes, boxes, and pictures of labels."""
