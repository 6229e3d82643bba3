"""The networks that can be trained, and what is inside a built one: layers, arithmetic, outputs."""
