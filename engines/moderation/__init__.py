"""Whether words and pictures may be made and shown: a list of words, a brand's guidelines, a server, a local classifier."""
