"""Random changes to training images, a whole batch at a time: ``options`` says which, ``pipeline`` makes them."""
