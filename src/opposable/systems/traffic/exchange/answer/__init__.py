"""The sealed answer: what goes to the authority, in the form that its tools read, and what lets anyone check it row by row."""
