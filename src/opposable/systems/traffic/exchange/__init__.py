"""Outside formats. A format is a function from an open file to blocks of rows (`blocks.Block`); nothing here writes."""
