"""The bundled starter model: its text, its tokenizer and its training, all made by this repository."""
