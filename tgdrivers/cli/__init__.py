"""The command `tg`: a gateway to play with, and questions to one from the shell."""
