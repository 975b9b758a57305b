"""Answers requests with a tuned model: an HTTP worker with continuous batching. See `worker`."""
