"""Plays the cases of the layer `operation`: calls of operations in, requests and results out."""
