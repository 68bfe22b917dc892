"""A key cabinet «armoire à clés»: the example of docs/how-to/write-a-system.md."""
