"""«Pièces» : the data of the documents of a meeting, composed from its rows. Reads only; each function gives plain JSON."""
