"""Every digit in a picture: finding ink, forming glyphs, reading them line by line."""
