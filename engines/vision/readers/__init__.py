"""What a tool wrote into its pictures, one file per tool: each `read` takes the texts and gives Found, or None."""
