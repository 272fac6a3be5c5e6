"""The process that holds the model: protocol, server and client."""
