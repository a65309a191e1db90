"""Language models in this process, by transformers: loaded once, asked by the engines of words, scenes, songs and pictures."""
